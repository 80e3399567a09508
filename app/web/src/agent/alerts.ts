/** Sound and desktop notices, both only when the agent wants them. */
import { isBoolean, persisted } from "../lib/store";
import { t } from "./messages";
import type { News } from "./model";
import { customerName } from "./words";

export const sound = persisted("agent.sound", false, isBoolean);
export const notices = persisted("agent.notices", false, isBoolean);

/** Ask the browser for leave to show notices; false where it is refused. */
export async function wantNotices(): Promise<boolean> {
  if (!("Notification" in globalThis)) return false;
  notices.value = (await Notification.requestPermission()) === "granted";
  return notices.value;
}

export function alertOf(told: News): void {
  const first = told.written[0] ?? told.waiting[0];
  if (!first) return;
  if (sound.value) chime();
  if (!notices.value || document.visibilityState === "visible" || Notification.permission !== "granted") return;
  const title = told.written[0] ? t.newMessage(customerName(first.owner_name)) : t.newWaiting;
  new Notification(title, { body: first.last_message || first.title, tag: `freshet-${first.id}` });
}

function chime(): void {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.35);
  tone.onended = () => void audio.close();
}
