import { Route, Router } from '@solidjs/router'
import { lazy } from 'solid-js'
import { Mission } from './pages/mission.tsx'
import { ProjectPage } from './pages/project.tsx'
import { Root } from './pages/root.tsx'

/** Every place there is. */
export function App() {
  return (
    <Router root={Root}>
      <Route path="/sign-in" component={lazy(() => import('./pages/sign-in.tsx'))} />
      <Route path="/" component={lazy(() => import('./pages/projects.tsx'))} />
      <Route path="/p/:project" component={ProjectPage}>
        <Route path="/" component={Mission} />
        <Route path="/board" component={lazy(() => import('./pages/board.tsx'))} />
        <Route path="/activity" component={lazy(() => import('./pages/activity.tsx'))} />
        <Route path="/machines" component={lazy(() => import('./pages/machines.tsx'))} />
        <Route path="/tasks/:task" component={lazy(() => import('./pages/task.tsx'))} />
        <Route path="/sessions/:session" component={lazy(() => import('./pages/session.tsx'))} />
      </Route>
      <Route path="*" component={lazy(() => import('./pages/nowhere.tsx'))} />
    </Router>
  )
}
