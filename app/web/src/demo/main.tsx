import { EmptyState, mount, Shell } from "../design";

mount({
  face: "home",
  base: "/demo",
  title: () => "Freshet",
  page: () => (
    <Shell face="home">
      <EmptyState icon="home" />
    </Shell>
  ),
});
