using System.Diagnostics;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Teams;

namespace SupSup.Core.Training;

/// <summary>Trains one task from start to end on the calling thread.</summary>
public sealed class TaskTrainer
{
    private readonly FixedNetwork _network;
    private readonly IMaskRule _rule;
    private readonly Recipe _recipe;
    private readonly TrainingJob _job;
    private readonly ITeam? _team;
    private readonly ulong _seed;

    private TaskTrainer(FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob job, ITeam? team)
    {
        (_network, _rule, _recipe, _job, _team) = (network, rule, recipe, job, team);
        _seed = TaskSeed.Derive(network.Seed, job.Index);
    }

    private ClassificationTask Data => _job.Data;

    /// <summary>Runs the recipe.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">The mask rule.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="job">The task; it hears of every batch, and stops between batches.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone. The mask does not depend on it.</param>
    /// <exception cref="ArgumentException">The data do not fit the network, the recipe is not valid, or the
    /// checkpoint is of another training.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainedMask Train(FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob job, ITeam? team = null)
    {
        long start = Stopwatch.GetTimestamp();
        job.CheckFits(network.Plan, recipe.Validated());
        return new TaskTrainer(network, rule, recipe, job, team).Train() with { Duration = Stopwatch.GetElapsedTime(start) };
    }

    private TrainedMask Train()
    {
        TrainingExamples examples = TrainingExamples.Of(Data, _recipe, _seed);
        if (examples.Validation.Length == 0)
        {
            using TrainingSession only = Open(_job.From);
            Run(only, examples, _recipe.Batches, null, 0);
            return Trained(only.Mask(), only.TailLoss, []) with { Scores = _job.KeepsScores ? only.Scores() : null };
        }

        // A checkpoint of a build that validated otherwise, or that crossed one, has lost what was found: the search begins anew.
        TrainingCheckpoint? from = _job.From is { Best: null } lost && lost.BatchesDone >= MaskValidation.Every(_recipe) ? null : _job.From;
        MaskValidation validation = new(_network, _recipe, Data, examples.Validation, from?.Best);
        int before = from?.BatchesBefore ?? 0;
        if (before == 0)
        {
            using TrainingSession search = Open(from);
            Run(search, examples, _recipe.Batches, validation, 0);
            before = search.BatchesDone;
        }

        ValidatedMask best = validation.Best!;
        TaskMask mask = new(_network.Shape, best.Bits, best.Statistics);
        double[] unseen = validation.Evidence(mask);
        if (!_recipe.TrainsAgain) return Trained(mask, best.Loss, unseen);
        using TrainingSession again = Open(from is { BatchesBefore: > 0 } ? from : null);
        Run(again, TrainingExamples.Of(Data, _recipe.WithoutValidation(), _seed), best.Batches, validation, before);
        return Trained(again.Mask(), best.Batches == _recipe.Batches ? again.TailLoss : best.Loss, unseen) with
        {
            Scores = _job.KeepsScores ? again.Scores() : null,
        };
    }

    private TrainingSession Open(TrainingCheckpoint? from) =>
        from is null
            ? new(_network, _rule, _recipe, _job.StartScores ?? InitialScores.Of(_network, _recipe, _seed), _team, _job.Engine)
            : new(_network, _rule, _recipe, from, _team, _job.Engine);

    // Before a training on all examples come the batches of the search; what that found goes into checkpoints, and is not added to.
    private void Run(TrainingSession session, TrainingExamples examples, int batches, MaskValidation? validation, int before)
    {
        MaskValidation? search = before == 0 ? validation : null;
        using TrainingBatches drawn = new(Data, _recipe, _seed, examples.Train, session.BatchesDone);
        float[] inputs = new float[_recipe.BatchSize * Data.Inputs];
        int[] labels = new int[_recipe.BatchSize];
        while (session.BatchesDone < batches && search is not { IsOver: true })
        {
            _job.Stop.ThrowIfCancellationRequested();
            drawn.Next(inputs, labels);
            float loss = session.Step(inputs, labels);
            search?.After(session.BatchesDone, loss, session.Mask);
            _job.OnBatches?.Invoke(
                before + session.BatchesDone, loss, () => session.Capture() with { Best = validation?.Best, BatchesBefore = before });
        }
    }

    // The mean is that of training data whatever the recipe: masks are compared by it, also with those that held nothing back.
    private TrainedMask Trained(TaskMask mask, double loss, double[] unseen) =>
        new(mask, loss, TimeSpan.Zero, UsualEvidence.Of(_network, mask, Data, unseen));
}
