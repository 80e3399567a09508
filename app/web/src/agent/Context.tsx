import type { ComponentChildren } from "preact";
import { DateTime } from "../design";
import { href } from "../lib/paths";
import { t } from "./messages";
import type { View } from "./model";
import { view } from "./state";
import { customerName, reasonWords } from "./words";

/** Who the customer is and what is known; on the right. */
export function Context() {
  const shown = view.value;
  if (!shown) return null;
  const slots = Object.entries(shown.slots);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <aside class="i-context" aria-label={t.details} tabIndex={0}>
      <h2>{t.customer}</h2>
      <Facts shown={shown} />
      {slots.length > 0 && (
        <>
          <h2>{t.known}</h2>
          <dl class="i-facts">
            {slots.map(([name, value]) => (
              <Fact key={name} name={name.replaceAll("_", " ")}>
                {value}
              </Fact>
            ))}
          </dl>
        </>
      )}
      <h2>{t.earlier}</h2>
      {shown.earlier.length === 0 && <p class="f-small f-muted">{t.noEarlier}</p>}
      <ul class="i-earlier">
        {shown.earlier.map((one) => (
          <li key={one.id}>
            <a href={href(`/agent/${one.id}`)}>{one.title}</a>{" "}
            <span class="f-small f-muted">
              <DateTime at={one.updated_at} form="short" />
            </span>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function Facts({ shown }: { shown: View }) {
  return (
    <dl class="i-facts">
      <Fact name={t.name}>{customerName(shown.owner_name)}</Fact>
      <Fact name={t.identity}>{shown.is_signed ? t.signed : t.anonymous}</Fact>
      {shown.email && <Fact name={t.email}>{shown.email}</Fact>}
      {shown.channel && <Fact name={t.channel}>{shown.channel}</Fact>}
      {shown.language && <Fact name={t.language}>{shown.language === "zh" ? t.chinese : t.english}</Fact>}
      <Fact name={t.since}>
        <DateTime at={shown.created_at} />
      </Fact>
      {shown.reason && <Fact name={t.reason}>{reasonWords(shown.reason)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt class="f-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
