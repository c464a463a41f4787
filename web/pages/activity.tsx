import { LiveActivityFeed } from '../parts/feed.tsx'
import { ProjectBar } from '../parts/project-bar.tsx'
import { useProject } from '../store/context.tsx'

export default function Activity() {
  const { feedOf } = useProject()
  return (
    <>
      <ProjectBar title="Activity" note="everything in this project" />
      <LiveActivityFeed feed={feedOf()} whose />
    </>
  )
}
