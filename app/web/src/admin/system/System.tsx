import { EmptyState } from "../../design";

export default function System() {
  return <EmptyState />;
}
