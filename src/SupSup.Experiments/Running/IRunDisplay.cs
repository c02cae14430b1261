using SupSup.Experiments.Learners;

namespace SupSup.Experiments.Running;

/// <summary>Where a run tells how far it is.</summary>
public interface IRunDisplay
{
    /// <summary>Says something between stages.</summary>
    /// <param name="line">One line.</param>
    void Line(string line);

    /// <summary>Runs a stage.</summary>
    /// <param name="stage">What is being done.</param>
    /// <param name="total">Units in the stage.</param>
    /// <param name="work">The work.</param>
    Task RunAsync(string stage, double total, Func<IStageProgress, Task> work);
}
