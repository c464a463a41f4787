/** Commands whose texts are ahead of them: they are made elsewhere at the same time. Empty when all are there. */
export const coming = /^maestro (?:task (?:import|export|graph)|undo|doctor)\b/
