import { EmptyState } from "../../design";

export default function Letters() {
  return <EmptyState />;
}
