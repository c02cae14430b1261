using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>The real MNIST, cached between test runs, and small models and orders over it.</summary>
internal static class RealData
{
    public static string Folder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data");

    private static Lazy<Task<Dataset>> Mnist { get; } = new(() => new DatasetStore(Folder).OpenAsync("mnist"));

    public static ModelSpec Spec { get; } = new() { Inputs = 784, Hidden = [100], Outputs = 50, Classes = 10, Seed = 7 };

    public static TrainingOrder Order(int task, int batches = 60) => new()
    {
        Data = new TaskData { Dataset = "mnist", Seed = 7, Index = task },
        Batches = batches,
    };

    public static async Task<ClassificationTask> TaskAsync(int task) => new PermutedFamily().Make(await Mnist.Value, 7, task);

    public static async Task<(InputBatch Inputs, int[] Labels)> TestImagesAsync(int task, int start, int count)
    {
        (float[] inputs, int[] labels) = (await TaskAsync(task)).Test(start, count);
        return (new InputBatch { Rows = count, Values = inputs }, labels);
    }
}
