export { ProjectObject } from '../durable-objects/project.ts'
export { TerminalObject } from '../durable-objects/terminal.ts'
export { api as default } from './api.ts'
