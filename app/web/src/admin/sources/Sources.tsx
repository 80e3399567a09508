import { EmptyState } from "../../design";

export default function Sources() {
  return <EmptyState />;
}
