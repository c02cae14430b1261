using System.Globalization;
using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>
/// Training for task inference: some of a task's own images are shown turned by a quarter, a half or three quarters, as classes of
/// their own on superfluous outputs, class c turned r times being c + r · classes. A mask so learns what its images look like, beyond
/// what tells them apart, and is less sure of images of other tasks. After Tack et al. 2020 (CSI) and Kim et al. 2022 (CLOM).
/// </summary>
public static class RotatedClasses
{
    /// <summary>Outputs for each class: as it is, and three turns.</summary>
    public const int OutputsPerClass = 4;

    /// <summary>Checks that a task can be trained so.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="task">The task.</param>
    /// <param name="plan">The network's plan.</param>
    /// <exception cref="ArgumentException">Its images are not square or not in their own order, or there are too few outputs.</exception>
    public static void CheckFits(Recipe recipe, ClassificationTask task, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(plan);
        if (recipe.RotatedShare == 0) return;
        string problem = string.Create(CultureInfo.InvariantCulture, $"rotatedShare {recipe.RotatedShare} shows images turned, ");
        if (task.Dataset.Shape is not ExampleShape.Pixels pixels || pixels.Rows != pixels.Columns || !task.HasOwnOrder)
            throw new ArgumentException(
                $"{problem}which needs square images in their own order; leave it out, or use square images as they are");
        if (plan.Outputs < OutputsPerClass * task.Classes)
        {
            throw new ArgumentException(
                $"{problem}which needs {OutputsPerClass} outputs for each of the data's {task.Classes} classes; "
                + $"give the network {OutputsPerClass * task.Classes} outputs, not {plan.Outputs}");
        }
    }

    /// <summary>Turns some images of a batch.</summary>
    /// <param name="inputs">[labels, channels, side, side], turned in place.</param>
    /// <param name="labels">The class of each, below the task's classes; becomes that of the turned image.</param>
    /// <param name="task">The task, of square images.</param>
    /// <param name="share">Share of the images that are turned.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="first">How many examples the task saw before.</param>
    public static void Apply(Span<float> inputs, Span<int> labels, ClassificationTask task, double share, ulong taskSeed, int first)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (share == 0) return;
        int side = ((ExampleShape.Pixels)task.Dataset.Shape).Rows, plane = side * side;
        float[] turned = new float[plane];
        for (int row = 0; row < labels.Length; row++)
        {
            RandomStream random = new(taskSeed, StreamPurpose.RotatedClasses, first + row);
            int turns = random.NextSingle() < share ? 1 + random.NextInt32(OutputsPerClass - 1) : 0;
            labels[row] += turns * task.Classes;
            for (int at = row * task.Inputs; turns > 0 && at < (row + 1) * task.Inputs; at += plane)
            {
                Span<float> image = inputs.Slice(at, plane);
                for (int turn = 0; turn < turns; turn++)
                {
                    for (int y = 0; y < side; y++)
                        for (int x = 0; x < side; x++) turned[(x * side) + (side - 1 - y)] = image[(y * side) + x];
                    turned.CopyTo(image);
                }
            }
        }
    }
}
