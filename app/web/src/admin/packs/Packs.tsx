import { EmptyState } from "../../design";

export function Packs() {
  return <EmptyState />;
}
