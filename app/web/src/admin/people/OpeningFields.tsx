import { useState } from "preact/hooks";
import { TextField } from "../../design";
import { t } from "./messages";
import { DAYS, type Day, hoursText, type Opening, readHours } from "./opening";
import { namesIn } from "./parts";

interface OpeningFieldsProps {
  value: Opening;
  onChange: (opening: Opening) => void;
}

/** The hours of the week in which people answer. */
export function OpeningFields({ value, onChange }: OpeningFieldsProps) {
  const [typed, setTyped] = useState<Partial<Record<Day, string>>>({});
  const [closed, setClosed] = useState(value.closed_on.join(", "));
  const setDay = (day: Day, text: string) => {
    setTyped({ ...typed, [day]: text });
    const spans = readHours(text);
    if (!spans) return;
    const { [day]: _, ...others } = value.week;
    onChange({ ...value, week: spans.length > 0 ? { ...others, [day]: spans } : others });
  };
  return (
    <details>
      <summary>{t.opening}</summary>
      <div class="f-stack">
        <p class="f-small f-muted">{t.openingHint}</p>
        <TextField
          label={t.timezone}
          code
          value={value.timezone}
          onChange={(timezone) => onChange({ ...value, timezone })}
        />
        {DAYS.map((day) => {
          const text = typed[day] ?? hoursText(value.week[day]);
          const error = readHours(text) ? undefined : "09:00-18:00";
          return (
            <TextField
              key={day}
              label={t[day]}
              value={text}
              onChange={(next) => setDay(day, next)}
              {...(error ? { error } : {})}
            />
          );
        })}
        <TextField
          label={t.closedOn}
          hint={t.closedOnHint}
          optional
          value={closed}
          onChange={(text) => {
            setClosed(text);
            onChange({ ...value, closed_on: namesIn(text) });
          }}
        />
        <TextField
          label={t.closedEn}
          lang="en"
          optional
          value={value.closed_text.en ?? ""}
          onChange={(en) => onChange({ ...value, closed_text: { ...value.closed_text, en } })}
        />
        <TextField
          label={t.closedZh}
          lang="zh"
          optional
          value={value.closed_text.zh ?? ""}
          onChange={(zh) => onChange({ ...value, closed_text: { ...value.closed_text, zh } })}
        />
      </div>
    </details>
  );
}
