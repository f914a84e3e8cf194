import { useState } from 'react';
import { recall, remember } from '../session/remembered.js';

const THEMES = ['light dark', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Readonly<Record<Theme, string>> = { 'light dark': 'As the system', light: 'Light', dark: 'Dark' };

const isTheme = (value: string | null): value is Theme => THEMES.some((theme) => theme === value);

/** The theme that was chosen in this browser; called before the first page is shown. */
export function applyTheme(): Theme {
  const recalled = recall('theme');
  const theme = isTheme(recalled) ? recalled : 'light dark';
  document.documentElement.style.colorScheme = theme;
  return theme;
}

/** Goes on to the next theme. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(applyTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
  const change = (): void => {
    remember('theme', next);
    setTheme(applyTheme());
  };
  return (
    <button onClick={change} title={`Colours: ${NAMES[theme]}. Change to: ${NAMES[next]}`} aria-label="Colours">
      ◐
    </button>
  );
}
