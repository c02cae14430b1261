using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Torch.Groups;

/// <summary>What a task in a group takes of a device's memory, estimated from the plan.</summary>
internal static class GroupMemory
{
    // Scores, masked weights, gradients, optimiser state, and what an update makes of them; measured on chains.
    private const int BytesPerWeight = 50;

    // On the way back, gradients of activations and the work space of convolutions.
    private const int LargestTimes = 4;

    // The rest is that of libtorch, of the driver, and what does not fit into gaps.
    private const double UsableShare = 0.8;

    /// <summary>Bytes that a task takes: all that the pass makes is kept for the way back.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="recipe">The recipe.</param>
    public static long BytesPerTask(NetworkPlan plan, Recipe recipe)
    {
        (long all, long largest) = Values(plan.Steps, plan.Input);
        long rows = sizeof(float) * (long)recipe.BatchSize;
        return ((long)BytesPerWeight * plan.Shape.ParameterCount) + (rows * (plan.Inputs + all + (LargestTimes * largest)));
    }

    /// <summary>How many tasks are trained together at most: those that fit, but one in any case.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="bytes">The device's memory.</param>
    public static int TasksAtOnce(NetworkPlan plan, Recipe recipe, long bytes) =>
        (int)Math.Clamp((long)(UsableShare * bytes) / BytesPerTask(plan, recipe), 1, int.MaxValue);

    // All values that steps make of an example, and the most that one step makes.
    private static (long All, long Largest) Values(IEnumerable<PlanStep> steps, PlaneShape shape)
    {
        long all = 0, largest = shape.Length;
        foreach (PlanStep step in steps)
        {
            foreach (IEnumerable<PlanStep> branch in step is PlanStep.Residual residual ? [residual.Body, residual.Shortcut] : (
                IEnumerable<PlanStep>[])[])
            {
                (long inBranch, long largestInBranch) = Values(branch, shape);
                (all, largest) = (all + inBranch, Math.Max(largest, largestInBranch));
            }

            // The places of maxima are kept in 64 bits each.
            shape = step.After(shape);
            all += step is PlanStep.MaxPool ? 3 * shape.Length : shape.Length;
            largest = Math.Max(largest, shape.Length);
        }

        return (all, largest);
    }
}
