import { useState } from "preact/hooks";
import { Button, Card, Dialog, IconButton, Select, TextArea, TextField } from "../../design";
import { language } from "../../lib/i18n";
import { t } from "./messages";
import {
  type Action,
  type ActionKind,
  actionsOf,
  NAMED,
  type Rule,
  readActions,
  SAYING,
  type Stage,
  writeActions,
} from "./model";

interface ActionsDialogProps {
  rule: Rule;
  stage: Stage;
  /** Names under `texts`. */
  texts: readonly string[];
  onClose: () => void;
  onChange: (then: unknown[]) => void;
}

/** What a rule does, action by action. */
export function ActionsDialog({ rule, stage, texts, onClose, onChange }: ActionsDialogProps) {
  const kinds = actionsOf(stage);
  const fresh: Action = { kind: kinds[0] ?? "block", en: "", zh: "", textName: "", names: "" };
  const [actions, setActions] = useState<Action[]>(() => {
    const read = readActions(rule.then);
    return read.length > 0 ? read : [fresh];
  });
  const set = (at: number, change: Partial<Action>) =>
    setActions(actions.map((one, number) => (number === at ? { ...one, ...change } : one)));
  return (
    <Dialog
      open
      title={`${t.actions}: ${rule.rule}`}
      onClose={onClose}
      onSubmit={() => onChange(writeActions(actions))}
      footer={
        <>
          <Button icon="plus" onClick={() => setActions([...actions, fresh])}>
            {t.addAction}
          </Button>
          <Button type="submit" look="primary">
            {t.done}
          </Button>
        </>
      }
    >
      <div class="f-stack">
        {actions.map((action, at) => (
          <Card
            key={at}
            title={actionWord(action.kind)}
            actions={
              actions.length > 1 && (
                <IconButton
                  icon="trash"
                  label={t.removeAction}
                  onClick={() => setActions(actions.filter((_, number) => number !== at))}
                />
              )
            }
          >
            <OneAction action={action} kinds={kinds} texts={texts} onChange={(change) => set(at, change)} />
          </Card>
        ))}
      </div>
    </Dialog>
  );
}

interface OneActionProps {
  action: Action;
  kinds: readonly ActionKind[];
  texts: readonly string[];
  onChange: (change: Partial<Action>) => void;
}

function OneAction({ action, kinds, texts, onChange }: OneActionProps) {
  return (
    <div class="f-stack">
      <Select
        label={t.action}
        value={action.kind}
        onChange={(kind) => onChange({ kind })}
        choices={kinds.map((value) => ({ value, label: actionWord(value) }))}
      />
      {NAMED.has(action.kind) && (
        <TextField label={t.names} code value={action.names} onChange={(names) => onChange({ names })} />
      )}
      {SAYING.has(action.kind) && texts.length > 0 && (
        <Select
          label={t.textName}
          value={action.textName}
          onChange={(textName) => onChange({ textName })}
          choices={[{ value: "", label: "–" }, ...texts.map((value) => ({ value, label: value }))]}
        />
      )}
      {SAYING.has(action.kind) && !action.textName && (
        <>
          <TextArea label={t.textEn} rows={2} lang="en" value={action.en} onChange={(en) => onChange({ en })} />
          <TextArea label={t.textZh} rows={2} lang="zh" value={action.zh} onChange={(zh) => onChange({ zh })} />
        </>
      )}
    </div>
  );
}

/** The word for an action. */
export function actionWord(kind: ActionKind): string {
  return t[kind] ?? kind;
}

/** An action in a cell: what it does, and with what. */
export function actionWords(action: Action): string {
  const said = action.textName || (language.value === "zh" ? action.zh : action.en);
  const about = action.names || (said.length > 40 ? `${said.slice(0, 40)}…` : said);
  return about ? `${actionWord(action.kind)}: ${about}` : actionWord(action.kind);
}
