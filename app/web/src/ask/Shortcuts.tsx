import { Dialog } from "../design";
import { t } from "./messages";

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const keys: [string[], string][] = [
    [["/"], t.keyFocus],
    [["Enter"], t.keySend],
    [["Shift", "Enter"], t.keyLine],
    [["Esc"], t.keyStop],
    [["↑"], t.keyEdit],
    [["n"], t.keyNew],
    [["?"], t.keyHelp],
  ];
  return (
    <Dialog open={open} size="small" title={t.shortcuts} onClose={onClose}>
      <dl class="q-keys">
        {keys.map(([pressed, does]) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {pressed.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
