import "./Field.css";
import type { ComponentChildren, InputHTMLAttributes, Ref, TextareaHTMLAttributes } from "preact";
import { useId, useState } from "preact/hooks";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

interface FieldProps {
  label: string;
  /** Label for screen readers only (a search field in a bar). */
  labelHidden?: boolean;
  hint?: ComponentChildren;
  error?: string;
  /** Says "optional" beside the label. */
  optional?: boolean;
  class?: string;
}

interface Described {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

/** Label, control, hint and error, joined for screen readers. For controls of your own: pass what it gives to them. */
export function Field(props: FieldProps & { children: (described: Described) => ComponentChildren }) {
  const id = useId();
  const { label, labelHidden, hint, error, optional, class: extra = "" } = props;
  const told = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const described: Described = { id, "aria-describedby": told || undefined, "aria-invalid": error ? true : undefined };
  return (
    <div class={`f-field ${extra}`}>
      <label class={labelHidden ? "f-hidden-text" : "f-label"} for={id}>
        {label}
        {optional && <span class="f-label-optional"> · {t.optional}</span>}
      </label>
      {props.children(described)}
      {hint && (
        <div class="f-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {error && (
        <div class="f-field-error" id={`${id}-error`}>
          <Icon name="warning" size={15} />
          {error}
        </div>
      )}
    </div>
  );
}

type Native<E extends HTMLElement, A> = Omit<
  A,
  keyof FieldProps | "onChange" | "onInput" | "value" | "ref" | "role" | "type"
> & {
  ref?: Ref<E>;
};

export interface TextFieldProps extends FieldProps, Native<HTMLInputElement, InputHTMLAttributes<HTMLInputElement>> {
  type?: "text" | "password" | "search" | "email" | "url" | "tel" | "number" | "date" | "datetime-local";
  value: string;
  onChange: (value: string) => void;
  icon?: IconName;
  /** Letters of one width, for names, patterns and keys. */
  code?: boolean;
}

/** One line of text; `type` may be text, password (with a button that shows it), search, email, url, number, date … */
export function TextField(props: TextFieldProps) {
  const { label, labelHidden, hint, error, optional, class: extra, value, onChange, icon, code, type, ...rest } = props;
  const [shown, setShown] = useState(false);
  const isPassword = type === "password";
  return (
    <Field {...{ label, labelHidden, hint, error, optional, class: extra }}>
      {(described) => (
        <div class="f-input-wrap">
          {icon && <Icon name={icon} size={16} />}
          <input
            {...(rest as object)}
            {...described}
            class={`f-input ${code ? "f-input-code" : ""}`}
            // Preact's types want one literal for each set of roles an input may have.
            type={(isPassword && shown ? "text" : (type ?? "text")) as "text"}
            value={value}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          {isPassword && (
            <IconButton
              icon={shown ? "eye-off" : "eye"}
              label={shown ? t.hidePassword : t.showPassword}
              aria-pressed={shown}
              onClick={() => setShown(!shown)}
            />
          )}
        </div>
      )}
    </Field>
  );
}

export interface TextAreaProps
  extends FieldProps,
    Native<HTMLTextAreaElement, TextareaHTMLAttributes<HTMLTextAreaElement>> {
  value: string;
  onChange: (value: string) => void;
  code?: boolean;
  /** As high as its text, up to 40 % of the window. */
  grows?: boolean;
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps) {
  const { label, labelHidden, hint, error, optional, class: extra, value, onChange, code, grows, ...rest } = props;
  return (
    <Field {...{ label, labelHidden, hint, error, optional, class: extra }}>
      {(described) => (
        <textarea
          rows={grows ? 1 : undefined}
          {...rest}
          {...described}
          class={`f-input ${code ? "f-input-code" : ""} ${grows ? "f-input-grows" : ""}`}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Choice<V extends string = string> {
  value: V;
  label: string;
  disabled?: boolean;
}

export interface SelectProps<V extends string> extends FieldProps {
  value: V;
  onChange: (value: V) => void;
  choices: readonly Choice<V>[];
  disabled?: boolean;
}

/** One of a few; the browser's own list, which works on every phone. */
export function Select<V extends string>(props: SelectProps<V>) {
  const { value, onChange, choices, disabled, ...field } = props;
  return (
    <Field {...field}>
      {(described) => (
        <select
          {...described}
          class="f-input"
          disabled={disabled}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as V)}
        >
          {choices.map((choice) => (
            <option
              key={choice.value}
              value={choice.value}
              disabled={choice.disabled}
              selected={choice.value === value}
            >
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckboxProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  indeterminate?: boolean;
}

/** Yes or no, in force when the form is sent. */
export function Checkbox({ label, hint, checked, onChange, disabled, indeterminate }: CheckboxProps) {
  return (
    <label class="f-check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        indeterminate={indeterminate}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <span class="f-check-hint">{hint}</span>}
      </span>
    </label>
  );
}

/** On or off, in force at once. */
export function Switch({ label, hint, checked, onChange, disabled }: Omit<CheckboxProps, "indeterminate">) {
  return (
    <label class="f-check f-switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <span class="f-check-hint">{hint}</span>}
      </span>
    </label>
  );
}
