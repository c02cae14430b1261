using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.ClusterTests.Hosting;

/// <summary>The real MNIST, cached between test runs, and small models and orders over it.</summary>
internal static class RealData
{
    public static string Folder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data");

    /// <summary>Whether this is the long run (./test.sh --long): dozens of kills, thousands of tasks.</summary>
    public static bool IsLongRun => Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1";

    private static Lazy<Task<Dataset>> Mnist { get; } = new(() => new DatasetStore(Folder).OpenAsync("mnist"));

    public static ModelSpec Spec { get; } = new() { Inputs = 784, Hidden = [300, 100], Outputs = 500, Classes = 10, Seed = 7 };

    public static TrainingOrder Order(int task, int batches = 40) =>
        new() { Data = new TaskData { Dataset = "mnist", Seed = 7, Index = task }, Batches = batches };

    public static async Task<InputBatch> ImagesAsync(int task, int count, int start = 0) =>
        new() { Rows = count, Values = new PermutedFamily().Make(await Mnist.Value, 7, task).Test(start, count).Inputs };

    /// <summary>Fetches the dataset, so that silos need not.</summary>
    public static Task ReadyAsync() => Mnist.Value;
}
