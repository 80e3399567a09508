import { EmptyState } from "../../design";

export default function Packs() {
  return <EmptyState />;
}
