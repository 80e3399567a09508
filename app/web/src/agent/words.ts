import { t } from "./messages";

const VISITOR = "visitor-";

/** What a customer is called: somebody whom nobody vouches for is a visitor, told apart by four characters. */
export function customerName(name: string): string {
  if (name.startsWith(VISITOR)) return `${t.visitor} ${name.slice(VISITOR.length, VISITOR.length + 4)}`;
  return name || t.visitor;
}

/** Why a person is wanted; a rule of one's own by its name. */
export function reasonWords(reason: string): string {
  const known: Record<string, string> = {
    "wants-a-person": t.wantsPerson,
    "the customer's wish": t.wantsPerson,
    "angry-tone": t.isAngry,
    "no answer twice in a row": t.noAnswer,
  };
  return known[reason] ?? reason;
}
