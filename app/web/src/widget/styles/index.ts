import adapt from "./adapt.css?inline";
import compose from "./compose.css?inline";
import messages from "./messages.css?inline";
import panel from "./panel.css?inline";
import theme from "./theme.css?inline";

/** The widget's style sheet; what adapts it to small windows and less motion comes last and wins. */
export const css = [theme, panel, messages, compose, adapt].join("\n");
