import { toast } from "../design";
import { t } from "./messages";

/** Put text on the clipboard and say so. */
export async function copy(text: string, told: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(told);
  } catch {
    toast(t.copyFailed, "danger");
  }
}
