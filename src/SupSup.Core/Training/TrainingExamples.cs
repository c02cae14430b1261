using SupSup.Core.Random;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>Which of a task's training examples are trained on, and which are held back.</summary>
/// <param name="Train">Those trained on, some more than once; null for each of them once.</param>
/// <param name="Validation">Those held back.</param>
public sealed record TrainingExamples(int[]? Train, int[] Validation)
{
    /// <summary>How often an example of a rare class is seen, at most, while one of a common class is seen once.</summary>
    public const int MostRepeats = 10;

    /// <summary>Chooses them; the same arguments give the same choice everywhere.</summary>
    /// <param name="task">The task.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="taskSeed">The task's seed.</param>
    public static TrainingExamples Of(ClassificationTask task, Recipe recipe, ulong taskSeed)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(recipe);
        if (!recipe.ChoosesExamples) return new(null, []);
        int[] labels = new int[task.TrainCount];
        for (int example = 0; example < labels.Length; example++) labels[example] = task.TrainLabel(example);
        List<int> held = [];
        int[][] left = new int[task.Classes][];
        for (int label = 0; label < left.Length; label++)
        {
            int[] own = [.. Enumerable.Range(0, labels.Length).Where(example => labels[example] == label)];
            int take = own.Length < 2 ? 0 : (int)Math.Round(recipe.ValidationShare * own.Length);
            HashSet<int> taken = [.. new RandomStream(taskSeed, StreamPurpose.Validation, label).NextPermutation(own.Length).Take(take)
                .Select(n => own[n])];
            held.AddRange(taken.Order());
            left[label] = [.. own.Where(example => !taken.Contains(example))];
        }

        int most = left.Max(own => own.Length);
        IEnumerable<int> Repeated(int[] own) =>
            Enumerable.Range(0, Math.Min(most, own.Length * MostRepeats)).Select(n => own[n % own.Length]);
        return new([.. left.SelectMany(own => recipe.BalancedClasses ? Repeated(own) : own)], [.. held]);
    }
}
