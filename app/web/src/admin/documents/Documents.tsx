import { EmptyState } from "../../design";

export default function Documents() {
  return <EmptyState />;
}
