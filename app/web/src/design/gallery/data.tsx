import { useSignal } from "@preact/signals";
import { formatBytes } from "../../lib/format";
import { Badge, Button, Card, Chart, CodeEditor, type Column, DateTime, Diff, Table } from "..";

interface Doc {
  id: string;
  title: string;
  bytes: number;
  state: string;
  at: Date;
}

const DOCUMENTS: Doc[] = Array.from({ length: 10_000 }, (_, index) => ({
  id: `d${index}`,
  title: index % 7 === 0 ? `咖啡机使用手册 第 ${index} 版` : `Manual of machine ${index}.pdf`,
  bytes: 1000 + ((index * 7919) % 5_000_000),
  state: index % 11 === 0 ? "failed" : "searchable",
  at: new Date(Date.now() - index * 3_600_000),
}));

const COLUMNS: Column<Doc>[] = [
  { key: "title", title: "Title", sort: "title", cell: (row) => row.title },
  { key: "size", title: "Size", align: "end", fit: true, priority: 2, cell: (row) => formatBytes(row.bytes) },
  {
    key: "state",
    title: "State",
    fit: true,
    cell: (row) => <Badge tone={row.state === "failed" ? "danger" : "success"}>{row.state}</Badge>,
  },
  { key: "at", title: "Updated", sort: "updated_at", fit: true, priority: 3, cell: (row) => <DateTime at={row.at} /> },
];

const TIMES = Array.from({ length: 120 }, (_, index) => 1_790_000_000 + index * 60);
const LAG = [{ label: "Lag (ms)", values: TIMES.map((_, index) => 180 + 60 * Math.sin(index / 7) + (index % 5) * 12) }];
const BOTH = [
  ...LAG,
  {
    label: "Documents / s",
    values: TIMES.map((_, index) => (index > 60 && index < 66 ? null : 90 + 40 * Math.cos(index / 9))),
  },
];
const CONTRACT = `name: erp
kind: postgresql # the shop's own database
connection: \${ERP_URL}
documents:
  products:
    query: SELECT id, name, price FROM products
    key: [id]
    title: "{name}"
    readers: [public]
`;

export function Data() {
  const selected = useSignal<ReadonlySet<string>>(new Set(["d1"]));
  const sorting = useSignal({ by: "updated_at", descending: true });
  const contract = useSignal(CONTRACT);
  return (
    <>
      <Card title="Documents" flush actions={<Button icon="filter">Filter</Button>}>
        <Table
          caption="Documents"
          columns={COLUMNS}
          rows={DOCUMENTS}
          rowKey={(row) => row.id}
          rowLabel={(row) => row.title}
          height="20rem"
          sorting={sorting.value}
          onSort={(next) => {
            sorting.value = next;
          }}
          selected={selected.value}
          onSelect={(next) => {
            selected.value = next;
          }}
          selectionActions={<Button size="small">Delete</Button>}
          onOpen={() => {}}
        />
      </Card>
      <Card title="Lag">
        <Chart label="Lag of source erp" times={TIMES} series={LAG} />
        <Chart label="Both" times={TIMES} series={BOTH} />
      </Card>
      <Card title="Contract">
        <CodeEditor
          label="Contract"
          language="yaml"
          value={contract.value}
          problems={[{ line: 6, message: "table products is not in this database" }]}
          onChange={(text) => {
            contract.value = text;
          }}
        />
      </Card>
      <Card title="Difference">
        <Diff
          before={CONTRACT}
          after={CONTRACT.replace("[public]", "[employees]").replace("price FROM", "price, stock FROM")}
        />
      </Card>
    </>
  );
}
