import { Icon } from "../design";
import { api } from "../lib/api";
import { language } from "../lib/i18n";
import { useLive } from "../lib/live";
import { ask } from "./conversation";
import { t } from "./messages";

/** Before the first question: what this is, and questions to begin with. */
export function Welcome() {
  const wanted = language.value;
  const suggested = useLive(`suggestions ${wanted}`, (signal) =>
    api.get<{ items: string[] }>("/v1/suggestions", { query: { language: wanted }, signal }),
  );
  const items = suggested.data?.items ?? [];
  return (
    <div class="q-scroll">
      <div class="q-welcome">
        <h1>{t.hello}</h1>
        <p class="f-muted">{t.helloText}</p>
        {items.length > 0 && (
          <>
            <h2 class="f-hidden-text">{t.suggestions}</h2>
            <ul class="q-suggestions">
              {items.map((text) => (
                <li key={text}>
                  <button type="button" class="q-suggestion" onClick={() => ask(text)}>
                    <span>{text}</span>
                    <Icon name="arrow-right" size={16} />
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
