using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class StreamedTrainingTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(36, [8], 6), 1);
    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 25, BatchSize = 16 };
    private static readonly Dataset Images = SmallImages.Make(channels: 3);

    [Theory]
    [InlineData("whole", null, 0)]
    [InlineData("whole", "crop:1+flip", 0)]
    [InlineData("whole", "crop:1+flip", 0.2)]
    [InlineData("shuffled:2", "flip", 0)]
    [InlineData("permuted", null, 0.2)]
    public void Given_images_that_are_streamed_when_trained_then_mask_and_evidence_are_those_of_images_in_memory(
        string family, string? augmentation, double validation)
    {
        Recipe recipe = Recipe with { Augmentation = augmentation, ValidationShare = validation, TrainsAgain = validation > 0 };

        TrainedMask inMemory = Train(Images, family, recipe);
        TrainedMask streamed = Train(StreamedImages.Of(Images), family, recipe);

        Assert.True(inMemory.Mask.Bits.Span.SequenceEqual(streamed.Mask.Bits.Span));
        Assert.Equal(inMemory.Loss, streamed.Loss);
        Assert.Equal(inMemory.UsualEvidence, streamed.UsualEvidence);
    }

    [Fact]
    public void Given_a_checkpoint_when_training_on_streamed_images_goes_on_then_the_mask_is_that_of_an_undisturbed_run()
    {
        Recipe recipe = Recipe with { Augmentation = "crop:1+flip" };
        TrainingCheckpoint? checkpoint = null;

        TrainedMask whole = Train(
            StreamedImages.Of(Images), "whole", recipe, report: (at, _, capture) => checkpoint = at == 11 ? capture() : checkpoint);
        TrainedMask resumed = Train(StreamedImages.Of(Images), "whole", recipe, checkpoint);

        Assert.True(whole.Mask.Bits.Span.SequenceEqual(resumed.Mask.Bits.Span));
        Assert.Equal(whole.Loss, resumed.Loss);
    }

    [Fact]
    public void Given_streamed_images_when_batches_are_taken_then_no_more_are_decoded_than_may_be_ahead()
    {
        Dataset data = StreamedImages.Of(Images);
        StreamedImages source = (StreamedImages)data.Train.Source!;
        ClassificationTask task = new WholeFamily().Make(data, 1, 0);
        (float[] inputs, int[] labels) = (new float[16 * 36], new int[16]);
        int ahead = Math.Max(Environment.ProcessorCount, 2 * 16);

        using (TrainingBatches batches = new(task, Recipe, 7))
        {
            for (int taken = 16; taken <= 10 * 16; taken += 16)
            {
                batches.Next(inputs, labels);
                Assert.InRange(source.Reads, taken, taken + ahead);
            }
        }

        Assert.InRange(source.Reads, 160, 160 + ahead);
    }

    [Fact]
    public void Given_a_streamed_image_that_is_damaged_when_trained_then_the_error_is_that_of_the_image()
    {
        Dataset data = new(
            "broken", new((ExampleShape.Pixels)Images.Shape, new Broken(), Images.Train.Labels), Images.Test, 3, Images.Normalization);

        var error = Assert.Throws<DatasetException>(() => Train(data, "whole", Recipe));

        Assert.Equal("7.jpg: is damaged; replace it", error.Message);
    }

    [Fact]
    public void Given_streamed_images_when_chosen_relabelled_and_normalised_then_they_stay_streamed()
    {
        Dataset data = StreamedImages.Of(Images);

        ExampleSet some = data.Train.Choose([4, 2]).WithLabels([1, 0]);

        Assert.Equal([1, 0], some.Labels);
        Assert.NotNull(some.Source);
        Assert.Equal(Images.Train.Image(2).ToArray(), some.Image(1).ToArray());
        Assert.Empty(some.Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => some.Image(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => some.Read(2, (_, _) => { }));
        Assert.Equal(Normalization.Measure(Images.Train).Means, Normalization.Measure(data.Train).Means);
        Assert.Equal(Normalization.Measure(Images.Train).Deviations, Normalization.Measure(data.Train).Deviations);
        Assert.NotNull(data.NormalizedBy(Normalization.Measure(data.Train)).Train.Source);
    }

    [Fact]
    public void Given_streamed_images_when_hashed_then_tags_and_labels_count()
    {
        Dataset data = StreamedImages.Of(Images);
        int before = ((StreamedImages)data.Train.Source!).Reads;
        string Of(ExampleSet train) => new Dataset("other", train, data.Test, 3, data.Normalization).Checksum;

        Assert.Equal(StreamedImages.Of(Images).Checksum, data.Checksum);
        Assert.Equal(before, ((StreamedImages)data.Train.Source!).Reads);
        Assert.Equal(data.Checksum, Of(data.Train));
        Assert.NotEqual(data.Checksum, Of(data.Train.WithLabels([.. data.Train.Labels.Select(label => (label + 1) % 3)])));
        Assert.NotEqual(data.Checksum, Of(new((ExampleShape.Pixels)Images.Shape, new Broken(), Images.Train.Labels)));
    }

    private static TrainedMask Train(
        Dataset data, string family, Recipe recipe, TrainingCheckpoint? from = null, BatchReport? report = null) =>
        TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe, new TrainingJob
        {
            Data = TaskFamilies.Get(family).Make(data, 1, 0),
            Index = 2,
            From = from,
            OnBatches = report,
            Stop = TestContext.Current.CancellationToken,
        });

    private sealed class Broken : IImageSource
    {
        public string Description => "small";

        public void Read(int index, ImageUse use) => throw new DatasetException("7.jpg", "is damaged", "replace it");

        public void View(int index, Span<byte> levels) => throw new DatasetException("7.jpg", "is damaged", "replace it");

        public string Tag(int index) => $"{index + 1}";

        public IImageSource Choose(IReadOnlyList<int> indices) => this;
    }
}
