import { useState } from "preact/hooks";
import { Button, IconButton, Menu, Select } from "../../design";
import { ActionsDialog, actionWords } from "./ActionsDialog";
import { cellText, readCell } from "./cells";
import { t } from "./messages";
import {
  columnsFor,
  completionsOf,
  type Fact,
  freeName,
  kindOf,
  type Problem,
  type Rule,
  type RuleFile,
  readActions,
  usedColumns,
} from "./model";

export interface GridProps {
  file: RuleFile;
  /** The number of the table that is shown. */
  at: number;
  facts: readonly Fact[];
  problems: readonly Problem[];
  onChange: (file: RuleFile) => void;
}

/** A decision table: a rule a row, a fact a column. */
export function Grid({ file, at, facts, problems, onChange }: GridProps) {
  const table = file.tables[at];
  const [extra, setExtra] = useState<string[]>([]);
  const [acting, setActing] = useState<number>();
  if (!table) return null;
  const columns = [...new Set([...usedColumns(table), ...extra])];
  const setRules = (rules: Rule[]) =>
    onChange({ ...file, tables: file.tables.map((one, number) => (number === at ? { ...one, rules } : one)) });
  const setRule = (row: number, rule: Rule) =>
    setRules(table.rules.map((one, number) => (number === row ? rule : one)));
  const rows = rowActions(file, table.rules, setRules);
  const wrong = (row: number, ...cell: string[]) =>
    problems.find(
      ({ path }) => path[1] === at && path[3] === row && cell.every((step, number) => path[4 + number] === step),
    );
  const acted = acting === undefined ? undefined : table.rules[acting];
  return (
    <div class="f-stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="a-grid-frame" tabIndex={0} aria-label={table.table}>
        <table class="a-grid" onKeyDown={(event) => press(event, rows)}>
          <thead>
            <tr>
              <th scope="col">{t.rule}</th>
              {columns.map((name) => (
                <th scope="col" key={name} data-tip={facts.find((one) => one.name === name)?.meaning}>
                  {name}
                </th>
              ))}
              <th scope="col">{t.does}</th>
              <th scope="col">{t.note}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {table.rules.map((rule, row) => (
              <tr key={row} data-row={row}>
                <Cell
                  label={`${t.rule} ${row + 1}`}
                  text={rule.rule ?? ""}
                  problem={wrong(row, "rule")}
                  onChange={(text) => setRule(row, { ...rule, rule: text })}
                />
                {columns.map((name) => (
                  <Cell
                    key={name}
                    label={`${rule.rule} ${name}`}
                    text={cellText(kindOf(name, facts), rule.when?.[name])}
                    list={`values-${name}`}
                    problem={wrong(row, "when", name)}
                    onChange={(text) => setRule(row, withCell(rule, name, readCell(kindOf(name, facts), text)))}
                  />
                ))}
                <td class={wrong(row, "then") || (wrong(row) && !rule.then) ? "a-wrong" : ""}>
                  <Button size="small" look="quiet" onClick={() => setActing(row)}>
                    {readActions(rule.then).map(actionWords).join(" + ") || t.nothingDone}
                  </Button>
                </td>
                <Cell
                  label={`${rule.rule} ${t.note}`}
                  text={rule.note ?? ""}
                  problem={wrong(row, "note")}
                  onChange={(note) => setRule(row, { ...rule, note })}
                />
                <td>
                  <RowMenu rule={rule} row={row} count={table.rules.length} rows={rows} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {columns.map((name) => (
        <datalist key={name} id={`values-${name}`}>
          {completionsOf(name, facts, file).map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ))}
      <div class="f-row f-row-wrap">
        <Button icon="plus" onClick={() => rows.add(table.rules.length - 1)}>
          {t.addRow}
        </Button>
        <Select
          label={t.addCondition}
          labelHidden
          value=""
          onChange={(name) => name && setExtra([...extra, name])}
          choices={[
            { value: "", label: t.addCondition },
            ...columnsFor(table.stage, facts)
              .filter((name) => !columns.includes(name))
              .map((value) => ({ value, label: value })),
          ]}
        />
        <span class="f-small f-muted a-grid-hint">
          {t.cellHint} {t.keys}
        </span>
      </div>
      {acted && acting !== undefined && (
        <ActionsDialog
          rule={acted}
          stage={table.stage}
          texts={Object.keys(file.texts ?? {})}
          onClose={() => setActing(undefined)}
          onChange={(then) => {
            setRule(acting, doing(acted, then));
            setActing(undefined);
          }}
        />
      )}
    </div>
  );
}

interface CellProps {
  label: string;
  text: string;
  list?: string;
  problem: Problem | undefined;
  onChange: (text: string) => void;
}

function Cell({ label, text, list, problem, onChange }: CellProps) {
  return (
    <td class={problem ? "a-wrong" : ""} data-tip={problem?.message}>
      <input
        aria-label={problem ? `${label}: ${problem.message}` : label}
        aria-invalid={problem ? true : undefined}
        list={list}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </td>
  );
}

interface Rows {
  add: (after: number) => void;
  duplicate: (row: number) => void;
  remove: (row: number) => void;
  move: (row: number, by: -1 | 1) => void;
}

function rowActions(file: RuleFile, rules: readonly Rule[], setRules: (rules: Rule[]) => void): Rows {
  const insert = (row: number, rule: Rule) => setRules([...rules.slice(0, row), rule, ...rules.slice(row)]);
  return {
    add: (after) => insert(after + 1, { rule: freeName(file, "rule-1"), when: {} }),
    duplicate: (row) => {
      const rule = rules[row];
      if (rule) insert(row + 1, { ...structuredClone(rule), rule: freeName(file, rule.rule) });
    },
    remove: (row) => setRules(rules.filter((_, number) => number !== row)),
    move: (row, by) => {
      const [one, other] = [rules[row], rules[row + by]];
      if (!one || !other) return;
      setRules(rules.map((rule, number) => (number === row ? other : number === row + by ? one : rule)));
    },
  };
}

function RowMenu({ rule, row, count, rows }: { rule: Rule; row: number; count: number; rows: Rows }) {
  return (
    <Menu
      button={(props) => <IconButton {...props} icon="more" label={t.rowMenu(rule.rule)} />}
      items={[
        { label: t.duplicate, icon: "copy", onSelect: () => rows.duplicate(row) },
        { label: t.up, icon: "arrow-up", disabled: row === 0, onSelect: () => rows.move(row, -1) },
        { label: t.down, icon: "arrow-down", disabled: row === count - 1, onSelect: () => rows.move(row, 1) },
        { label: t.remove, icon: "trash", danger: true, onSelect: () => rows.remove(row) },
      ]}
    />
  );
}

function doing(rule: Rule, actions: unknown[]): Rule {
  // biome-ignore lint/suspicious/noThenProperty: the word of the rule file; nobody awaits a rule
  return { ...rule, then: actions };
}

function withCell(rule: Rule, name: string, value: unknown): Rule {
  const when = { ...(rule.when ?? {}) };
  if (value === undefined) delete when[name];
  else when[name] = value;
  return { ...rule, when };
}

/** Arrows go from row to row; Alt moves the row, Ctrl+D doubles it, Ctrl+Enter adds one. */
function press(event: KeyboardEvent, rows: Rows): void {
  const input = event.target as HTMLElement;
  const line = input.closest<HTMLElement>("tr[data-row]");
  if (!line || input.tagName !== "INPUT") return;
  const row = Number(line.dataset.row);
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  const control = event.ctrlKey || event.metaKey;
  if (by && event.altKey) rows.move(row, by);
  else if (by) focusBeside(line, input, by);
  else if (control && event.key === "d") rows.duplicate(row);
  else if (control && event.key === "Enter") rows.add(row);
  else return;
  event.preventDefault();
}

function focusBeside(line: HTMLElement, input: HTMLElement, by: -1 | 1): void {
  const next = by < 0 ? line.previousElementSibling : line.nextElementSibling;
  const column = [...line.querySelectorAll("input")].indexOf(input as HTMLInputElement);
  next?.querySelectorAll("input")[column]?.focus();
}
