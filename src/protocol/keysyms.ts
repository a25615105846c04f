/** Whether the symbol of a key is Shift, Control, Alt or one like them (X11 protocol, appendix A). */
export const isModifier = (keysym: number): boolean => keysym >= 0xffe1 && keysym <= 0xffee
