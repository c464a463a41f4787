import Activity from 'lucide-solid/icons/activity'
import Down from 'lucide-solid/icons/arrow-down'
import Back from 'lucide-solid/icons/arrow-left'
import Agent from 'lucide-solid/icons/bot'
import Check from 'lucide-solid/icons/check'
import Chevron from 'lucide-solid/icons/chevron-right'
import Todo from 'lucide-solid/icons/circle'
import Done from 'lucide-solid/icons/circle-check'
import Ready from 'lucide-solid/icons/circle-dashed'
import Review from 'lucide-solid/icons/circle-dot'
import Idle from 'lucide-solid/icons/circle-pause'
import Question from 'lucide-solid/icons/circle-question-mark'
import Cancelled from 'lucide-solid/icons/circle-slash'
import Stopped from 'lucide-solid/icons/circle-stop'
import Failed from 'lucide-solid/icons/circle-x'
import More from 'lucide-solid/icons/ellipsis'
import File from 'lucide-solid/icons/file-text'
import End from 'lucide-solid/icons/flag'
import Lost from 'lucide-solid/icons/ghost'
import Globe from 'lucide-solid/icons/globe'
import List from 'lucide-solid/icons/list-todo'
import Working from 'lucide-solid/icons/loader-circle'
import Larger from 'lucide-solid/icons/maximize-2'
import Say from 'lucide-solid/icons/message-square'
import Edit from 'lucide-solid/icons/pencil'
import Play from 'lucide-solid/icons/play'
import Plus from 'lucide-solid/icons/plus'
import Mission from 'lucide-solid/icons/radar'
import Search from 'lucide-solid/icons/search'
import Machine from 'lucide-solid/icons/server'
import Board from 'lucide-solid/icons/square-kanban'
import Terminal from 'lucide-solid/icons/square-terminal'
import Bin from 'lucide-solid/icons/trash'
import Alert from 'lucide-solid/icons/triangle-alert'
import Unplugged from 'lucide-solid/icons/unplug'
import Tool from 'lucide-solid/icons/wrench'
import Cross from 'lucide-solid/icons/x'
import { createRoot } from 'solid-js'

const shapes = {
  activity: Activity,
  down: Down,
  back: Back,
  agent: Agent,
  check: Check,
  chevron: Chevron,
  todo: Todo,
  done: Done,
  ready: Ready,
  review: Review,
  idle: Idle,
  question: Question,
  cancelled: Cancelled,
  stopped: Stopped,
  failed: Failed,
  more: More,
  file: File,
  end: End,
  lost: Lost,
  globe: Globe,
  list: List,
  working: Working,
  larger: Larger,
  say: Say,
  edit: Edit,
  play: Play,
  plus: Plus,
  mission: Mission,
  search: Search,
  machine: Machine,
  board: Board,
  terminal: Terminal,
  bin: Bin,
  alert: Alert,
  unplugged: Unplugged,
  tool: Tool,
  cross: Cross,
}
export type IconName = keyof typeof shapes

const drawn = new Map<IconName, SVGSVGElement>()

type Props = { name: IconName; size?: number; class?: string }

/** An icon, drawn once and then copied: a feed shows hundreds. It says nothing by itself; a word stands beside it. */
export function Icon(props: Props) {
  return <>{copy(props)}</>
}

function copy({ name, size = 14, class: classes = '' }: Props): SVGSVGElement {
  const svg = (drawn.get(name) ?? draw(name)).cloneNode(true) as SVGSVGElement // a copy of one
  svg.setAttribute('width', String(size))
  svg.setAttribute('height', String(size))
  svg.setAttribute('class', `shrink-0 ${classes}`)
  return svg
}

function draw(name: IconName): SVGSVGElement {
  const svg = createRoot((dispose) => {
    const made = shapes[name]({}) as SVGSVGElement // what a lucide icon is
    dispose()
    return made
  })
  drawn.set(name, svg)
  return svg
}
