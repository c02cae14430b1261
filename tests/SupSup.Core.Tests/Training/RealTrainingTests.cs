using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Training;
using TorchSharp;

namespace SupSup.Core.Tests.Training;

/// <summary>Training on the real permuted MNIST with the network of the paper's 2500 tasks.</summary>
[Collection(nameof(ProcessTests))]
public sealed class RealTrainingTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(784, [300, 100], 500), 1);

    [Fact]
    public async Task Given_one_seed_when_trained_again_and_four_at_a_time_then_every_mask_is_the_same_to_the_last_bit()
    {
        ClassificationTask task = new PermutedFamily().Make(await RealMnist.OpenAsync(), 1, 0);
        using var barrier = new Barrier(4);

        TrainedMask first = await TrainOnItsOwnThread(task, index: 0, static () => { });
        TrainedMask second = await TrainOnItsOwnThread(task, index: 0, static () => { });
        TrainedMask[] atOnce =
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TrainOnItsOwnThread(task, index: 0, barrier.SignalAndWait)));
        TrainedMask other = await TrainOnItsOwnThread(task, index: 1, static () => { });

        byte[] bits = first.Mask.Bits.ToArray();
        Assert.All([second, .. atOnce], trained =>
        {
            Assert.Equal(bits, trained.Mask.Bits.ToArray());
            Assert.Equal(first.Loss, trained.Loss);
        });
        Assert.NotEqual(bits, other.Mask.Bits.ToArray());
    }

    [Fact]
    public async Task Given_100_batches_of_recipe_fast_when_trained_then_over_85_percent_of_the_test_images_are_classified()
    {
        Dataset mnist = await RealMnist.OpenAsync();
        ClassificationTask task = new PermutedFamily().Make(mnist, 1, 3);

        TrainedMask trained = TaskTrainer.Train(
            Network, new ThresholdMaskRule(), Recipes.Get("fast") with { Batches = 100 }, new TrainingJob { Data = task, Index = 3 });

        double accuracy = Accuracy(trained.Mask, task);
        Assert.True(accuracy > 0.85, $"accuracy {accuracy}");

        // The same mask knows nothing of another permutation.
        double elsewhere = Accuracy(trained.Mask, new PermutedFamily().Make(mnist, 1, 4));
        Assert.True(elsewhere < 0.4, $"accuracy on another task {elsewhere}");
    }

    // libtorch keeps its number of threads per calling thread; with one each, runs do not share work.
    private static Task<TrainedMask> TrainOnItsOwnThread(ClassificationTask task, int index, Action atFirstBatch) => Task.Factory.StartNew(
        () =>
        {
            torch.set_num_threads(1);
            return TaskTrainer.Train(Network, new ThresholdMaskRule(), Recipes.Get("fast") with { Batches = 40 }, new TrainingJob
            {
                Data = task,
                Index = index,
                OnBatches = (done, _, _) => { if (done == 1) atFirstBatch(); },
                Stop = TestContext.Current.CancellationToken,
            });
        },
        TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static double Accuracy(TaskMask mask, ClassificationTask task)
    {
        (float[] inputs, int[] labels) = task.Test(0, task.TestCount);
        using EffectiveNetwork effective = EffectiveNetwork.Of(Network, mask);
        int[] classes = [.. effective.Predict(inputs, labels.Length, task.Classes).Select(read => read.Class)];
        return classes.Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Length;
    }
}
