interface Step {
  sentence: string
  at: 'done' | 'running' | 'to come'
}

export const Steps = ({ steps }: { steps: readonly Step[] }) => (
  <ol className="steps" data-testid="steps">
    {steps.map(({ sentence, at }) => (
      <li key={sentence} data-at={at} aria-current={at === 'running' ? 'step' : undefined}>
        <span className="step-mark" aria-hidden="true">
          {at === 'running' ? <span className="spinner" /> : at === 'done' ? '✓' : ''}
        </span>
        {sentence}
        <span className="visually-hidden">{at === 'running' ? ' (now)' : ` (${at})`}</span>
      </li>
    ))}
  </ol>
)
