/** Another screen beside the one that scrolls, without a cursor, on which a full line does not wrap. */
export const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[0m\x1b[2J'
/** Back, with everything as a shell expects it, whatever was switched on meanwhile. */
export const LEAVE = '\x1b[?2026l\x1b[0m\x1b[r\x1b[?1l\x1b>\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l'
