using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Learners;

/// <summary>A method at work on one experiment: it learns the tasks in order and is evaluated now and then.</summary>
internal interface ILearner : IDisposable
{
    /// <summary>Learns tasks, taking over what an earlier sitting of the run learned.</summary>
    /// <param name="from">First task; those before are learned.</param>
    /// <param name="to">Task after the last.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops; what was finished is kept.</param>
    Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken);

    /// <summary>Evaluates every task learned.</summary>
    /// <param name="learned">Tasks learned.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task<CheckpointResult> EvaluateAsync(int learned, IStageProgress stage, CancellationToken cancellationToken);

    /// <summary>Completes the result with what only this method knows; called once, in the end.</summary>
    /// <param name="result">The result so far.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task<ExperimentResult> FinishAsync(ExperimentResult result, IStageProgress stage, CancellationToken cancellationToken);
}
