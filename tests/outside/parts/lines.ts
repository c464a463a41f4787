import type { Line } from './story.ts'

const words = (text: string): string[] => (text.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''))
const run = (text: string, more: Omit<Line, 'run'> = {}): Line => ({ run: words(text), ...more })
const no = (text: string, refused: string, more: Omit<Line, 'run' | 'refused'> = {}): Line => ({
  ...run(text, more),
  refused,
})

const plan =
  'title: Autumn\ntasks:\n  - { name: prune, title: Prune }\n  - { title: Rake, needs: [prune], subtasks: [Find it] }\n'
const template = '{"variables":{"plant":null},"tasks":[{"title":"Buy {{plant}}"},{"title":"Plant {{plant}}"}]}'

const hedge = '---\nvariables:\n  metres: How long it is\n---\n## Plant {{metres}} metres of hedge\n\n- [ ] Dig\n'

/** Everything the command line does about projects, tasks and their steps, each command once well and once refused. */
const tasks: Line[] = [
  no('project show', 'project_not_found'),
  run('project create Garden', { keep: { project: 'project' } }),
  no('project create " "', 'invalid_input'),
  run('project list'),
  run('project show'),
  run('project use Garden'),
  no('project use Gadren', 'project_not_found'),
  no('project show proj_nowhere', 'project_not_found'),

  run('task create "Dig the beds" --priority high --label spring --acceptance "No weeds" --subtask "Get a spade"', {
    keep: { dig: 'task' },
  }),
  run('task create "Sow beans" --needs $dig', { keep: { sow: 'task' } }),
  run('task create "Sow beans" --needs $dig --idempotency-key once-and-never-again'),
  run('task create "Sow beans" --needs $dig --idempotency-key once-and-never-again'),
  no('task create "Reap" --needs task_00000000', 'task_not_found'),
  run('task list --ready'),
  run('task list --search "beans sow"'),
  run('task list --limit 1', { keep: { cursor: 'cursor' } }),
  run('task list --limit 1 --cursor $cursor'),
  no('task list --cursor task_00000000', 'invalid_input'),
  run('task show $dig'),
  no('task show task_00000000', 'task_not_found'),
  run('task edit $dig --title "Dig all the beds"'),
  no('task edit $dig --needs $sow', 'would_cycle'),
  run('task note $dig "The soil is wet"'),
  no('task note task_00000000 x', 'task_not_found'),
  run('task timeline $dig'),
  run('task timeline $dig --limit 1'),
  no('task timeline', 'invalid_input'),
  run('task block $dig "Where is the spade?"'),
  no('task block task_00000000 x', 'task_not_found'),
  run('task unblock $dig'),
  no('task unblock task_00000000', 'task_not_found'),
  run('task release $dig'),
  no('task release task_00000000', 'task_not_found'),
  no('task complete $sow', 'not_ready'),
  run('task next'),

  run('subtask list $dig', { keep: { spade: 'items.0.id' } }),
  no('subtask list task_00000000', 'task_not_found'),
  run('subtask create $dig "Sharpen it"', { keep: { sharpen: 'subtask' } }),
  no('subtask create task_00000000 x', 'task_not_found'),
  run('subtask move $dig $sharpen --before $spade'),
  no('subtask move $dig sub_00000000', 'subtask_not_found'),
  run('subtask edit $dig $sharpen "Sharpen the spade"'),
  no('subtask edit $dig sub_00000000 x', 'subtask_not_found'),
  run('subtask complete $dig $sharpen'),
  no('subtask complete $dig sub_00000000', 'subtask_not_found'),
  run('subtask reopen $dig $sharpen'),
  no('subtask reopen $dig sub_00000000', 'subtask_not_found'),
  run('subtask delete $dig $sharpen'),
  no('subtask delete task_00000000 sub_00000000', 'task_not_found'),

  run('task complete $dig --summary "All dug" --file beds.md --link https://example.com/beds'),
  run('wait $dig'),
  run('wait $dig --any --until ended'),
  no('wait $dig task_00000000', 'task_not_found'),
  run('task reopen $dig'),
  no('wait $dig', 'wrong_status'),
  no('task reopen task_00000000', 'task_not_found'),
  run('task cancel $dig "It rains"'),
  no('task cancel task_00000000', 'task_not_found'),
  run('task graph'),
  run('task graph $sow --format mermaid'),
  no('task graph task_00000000', 'task_not_found'),
  run('task show $sow'),
  run('task delete $sow'),
  run('task delete $sow'),
  run('undo --list'),
  run('undo --dry-run'),
  run('undo', { keep: { undone: 'change' } }),
  run('undo --change $undone'),
  no('undo --change evt_nothing', 'change_not_found'),
  run('task delete $sow'),

  run('task import - --dry-run', { stdin: plan }),
  run('task import -', { stdin: plan, keep: { prune: 'tasks.0.task' } }),
  run('task import - --format json --var plant=roses', { stdin: template }),
  no('task import -', 'invalid_input', { stdin: template }),
  no('task import -', 'would_cycle', { stdin: 'tasks: [{ title: Rest, needs: [rest] }]' }),
  no('task import $folder/no-plan.yaml', 'invalid_input'),
  run('task export'),
  run('task export $prune --format md'),
  no('task export task_00000000', 'task_not_found'),
]

/** Sessions, by the built-in demo agent: it needs no account. The machine it runs on is the server's own. */
const sessions: Line[] = [
  run('demo', { keep: { demo: 'session', work: 'task', there: 'project' } }),
  run('session list --project $there'),
  run('session show $demo --project $there'),
  no('session show sess_00000000', 'session_not_found'),
  run('session logs $demo --project $there'),
  no('session logs sess_00000000', 'session_not_found'),
  no('session wait $demo --until ended --timeout 1ms --project $there', 'timed_out'),
  no('session list --cursor sess_00000000', 'invalid_input'),
  run('task create "Weed"', { keep: { weed: 'task' } }),
  run('session spawn $weed --profile nothing-has-this --name Weeder', { keep: { weeder: 'session' } }),
  no('session spawn $weed', 'already_claimed'),
  no('task claim $weed --session sess_00000000', 'session_not_found'),
  no('task claim $weed', 'invalid_input'),
  no('task start $weed', 'invalid_input'),
  no('task next --claim', 'invalid_input'),
  run('session stop $weeder'),
  run('session wait $weeder --until ended'),
  no('session stop sess_00000000', 'session_not_found'),
  no('update "Half way"', 'invalid_input'),
  run('key create "an agent of mine"', { keep: { mine: 'key' } }),
  run('task create "Rake" --project $there', { keep: { rake: 'task' } }),
  run('task create "Mow" --project $there', { keep: { mow: 'task' } }),
  run('task claim $rake --session $demo --project $there'),
  run('task start $mow --session $demo --project $there'),
  run('task create "Prune" --project $there', { keep: { prune: 'task' } }),
  run('task assign $prune $demo --project $there'),
  no('task assign task_00000000 $demo --project $there', 'task_not_found'),
  run('task review $mow --summary "It is short" --project $there'),
  no('task review $mow --summary "It is short"', 'task_not_found'),
  run('task complete $mow --project $there'),
  run('update "Half way"', {
    env: { MAESTRO_API_KEY: '$mine', MAESTRO_SESSION_ID: '$demo', MAESTRO_PROJECT_ID: '$there' },
  }),
  run('spawner list'),
  run('spawner status'),
  no('spawner status --project nowhere', 'project_not_found'),
  no('spawner list --project nowhere', 'project_not_found'),
  run('status'),
  no('status --project nowhere', 'project_not_found'),
  no('demo --project nowhere', 'project_not_found'),
]

const there = { env: { MAESTRO_API_KEY: '$mine', MAESTRO_API_URL: '$url', MAESTRO_PROJECT_ID: '$project' } }

/** Templates, in a home that has nothing else; they are in `files`. */
const templates: Line[] = [
  run('template list --home $folder'),
  run('template show hedge --home $folder'),
  no('template show hegde --home $folder', 'template_not_found'),
  run('config get url', { keep: { url: 'value' } }),
  run('task create --template hedge --var metres=20 --home $folder', there),
  run('task create --template border --var plant=roses --home $folder', there),
  no('task create --template hedge --home $folder', 'invalid_input', there),
]

export const files = { 'templates/border.json': template, 'templates/hedge.md': hedge }

/** The person, the keys, the settings, the skills. */
const person: Line[] = [
  run('whoami'),
  run('prime'),
  no('prime --role boss', 'invalid_input'),
  no('whoami --url http://127.0.0.1:1', 'unreachable'),
  run('open --no-open'),
  no('open --no-open --url http://127.0.0.1:1', 'unreachable'),
  run('key create "build server" --kind hook --days 30', { keep: { key: 'id' } }),
  no('key create x --days 0', 'invalid_input'),
  run('key list'),
  no('key list --url http://127.0.0.1:1', 'unreachable'),
  run('key revoke $key'),
  no('key revoke key_0000000000000000', 'key_not_found'),
  run('config list'),
  run('config set retries 2'),
  no('config set retries some', 'invalid_input'),
  run('config get retries'),
  no('config get retrys', 'invalid_input'),
  run('config --list'),
  no('config', 'invalid_input'),
  run('skill list'),
  run('skill show maestro-worker'),
  no('skill show maestro-wroker', 'skill_not_found'),
  run('skill install --to $folder/skills'),
  no('skill install maestro-wroker --to $folder/skills', 'skill_not_found'),
  run('spawner install', { env: { XDG_CONFIG_HOME: '$folder', HOME: '$folder' } }),
  run('hooks install --settings $folder/settings.json'),
  run('hooks status --settings $folder/settings.json'),
  run('hooks uninstall --settings $folder/settings.json'),
  run('hooks test'),
  run('hooks flush'),
  run('schema'),
  run('spawner workspace add $folder --name yard'),
  no('spawner workspace add $folder --name "no name"', 'invalid_input'),
]

export const lines: Line[] = [...tasks, ...sessions, ...templates, ...person]
