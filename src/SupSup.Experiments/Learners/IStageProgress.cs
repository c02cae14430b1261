namespace SupSup.Experiments.Learners;

/// <summary>Progress of one stage of work. Thread-safe.</summary>
public interface IStageProgress
{
    /// <summary>Moves the stage on.</summary>
    /// <param name="amount">How many units more are done.</param>
    void Advance(double amount);

    /// <summary>Says what has just happened, in one line.</summary>
    void Note(string line);
}
