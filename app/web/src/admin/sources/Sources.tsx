import { EmptyState } from "../../design";

export function Sources() {
  return <EmptyState />;
}
