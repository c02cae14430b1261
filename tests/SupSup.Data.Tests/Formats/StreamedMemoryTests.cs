using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Training;

namespace SupSup.Data.Tests.Formats;

/// <summary>Memory is measured, so nothing else may run.</summary>
[CollectionDefinition(nameof(StreamedMemoryTests), DisableParallelization = true)]
[Collection(nameof(StreamedMemoryTests))]
public sealed class StreamedMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Given_some_hundred_pictures_when_batches_are_streamed_then_most_of_them_are_never_in_memory()
    {
        const int Side = 160, Count = 300, Bytes = 3 * Side * Side;
        byte[] file = Pictures.Encode(Side, Side, n => new((byte)n, (byte)(n / 7), (byte)(n / 160)), SKEncodedImageFormat.Jpeg);
        for (int n = 0; n < Count; n++)
        {
            Directory.CreateDirectory(_folder[$"train/{n % 2}"]);
            Directory.CreateDirectory(_folder[$"test/{n % 2}"]);
            File.WriteAllBytes(_folder[$"{(n < 4 ? "test" : "train")}/{n % 2}/{n}.jpg"], file);
        }

        ClassificationTask task = TaskFamilies.Get("whole").Make(
            DatasetFiles.Open($"{_folder.Path}?size={Side}&stream=yes&means=0.5,0.5,0.5&deviations=0.2,0.2,0.2"), 1, 0);
        Recipe recipe = Recipes.Get("fast") with { Batches = 37, BatchSize = 8, Augmentation = $"resized-crop:{Side}+flip" };
        (float[] inputs, int[] labels) = (new float[8 * task.Inputs], new int[8]);
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        using TrainingBatches batches = new(task, recipe, 3);
        for (int batch = 0; batch < recipe.Batches; batch++)
        {
            batches.Next(inputs, labels);
            if (batch % 20 == 9) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Dataset inMemory = DatasetFiles.Open($"{_folder.Path}?size={Side}&stream=no");
        long all = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(all, Count * Bytes * 3 / 4, long.MaxValue);
        Assert.InRange(most, long.MinValue, Count * Bytes / 4);
        Assert.Equal(Count, inMemory.Train.Count + inMemory.Test.Count);
    }
}
