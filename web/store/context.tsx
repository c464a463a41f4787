import { createContext, useContext } from 'solid-js'
import type { ProjectStore } from './project.ts'

const Context = createContext<ProjectStore>()
export const ProjectProvider = Context.Provider

/** The project that the page is about. */
export function useProject(): ProjectStore {
  const project = useContext(Context)
  if (!project) throw new Error('Not within a project’s page')
  return project
}
