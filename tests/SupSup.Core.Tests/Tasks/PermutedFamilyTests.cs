using SupSup.Core.Datasets;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class PermutedFamilyTests
{
    [Fact]
    public void Given_a_task_when_batches_are_made_then_inputs_are_the_normalised_pixels_in_permuted_order()
    {
        Dataset dataset = SmallImages.Make();
        ClassificationTask task = new PermutedFamily().Make(dataset, 5, 2);
        int[] permutation = PermutedFamily.Permutation(12, 5, 2);
        int[] indices = [7, 0, 49];
        float[] inputs = new float[3 * 12];
        int[] labels = new int[3];

        task.FillTrain(indices, inputs, labels);
        (float[] testInputs, int[] testLabels) = task.Test(4, 2);

        Assert.NotEqual(Enumerable.Range(0, 12), permutation);
        AssertRows(dataset.Train, indices, inputs, labels);
        AssertRows(dataset.Test, [4, 5], testInputs, testLabels);

        void AssertRows(ExampleSet set, int[] images, float[] rows, int[] classes)
        {
            for (int row = 0; row < images.Length; row++)
            {
                Assert.Equal(set.Labels[images[row]], classes[row]);
                for (int j = 0; j < 12; j++)
                {
                    double pixel = set.Image(images[row])[permutation[j]];
                    Assert.Equal((pixel / 255 - 0.4) / 0.3, rows[row * 12 + j], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Given_images_of_several_channels_when_permuted_then_each_channel_alike_and_normalised_by_its_own()
    {
        Dataset dataset = SmallImages.Make(channels: 3);
        int[] permutation = PermutedFamily.Permutation(12, 5, 2);

        (float[] inputs, _) = new PermutedFamily().Make(dataset, 5, 2).Test(4, 1);

        Assert.Equal(
            from channel in Enumerable.Range(0, 3)
            from pixel in permutation
            select dataset.Normalization.Apply(dataset.Test.Image(4)[channel * 12 + pixel], channel), inputs);
    }

    [Fact]
    public void Given_rows_of_numbers_when_permuted_then_inputs_and_their_normalisation_are_in_the_order_of_the_task()
    {
        Dataset dataset = SmallImages.Vectors();
        int[] permutation = PermutedFamily.Permutation(5, 5, 2);
        ClassificationTask task = new PermutedFamily().Make(dataset, 5, 2);

        (float[] inputs, _) = task.Test(4, 1);

        Assert.NotEqual(Enumerable.Range(0, 5), permutation);
        Assert.Equal(permutation.Select(n => dataset.Normalization.Apply(dataset.Test.Row(4)[n], n)), inputs);
        Assert.Equal(permutation.Select((from, n) => task.Normalization.Apply(dataset.Test.Row(4)[from], n)), inputs);
    }

    // Computed by an independent implementation of docs/formats.md.
    [Theory]
    [InlineData(0, new[] { 737, 119, 553, 632, 46, 251, 206, 586 })]
    [InlineData(1, new[] { 751, 623, 221, 299, 764, 162, 624, 668 })]
    public void Given_seed_1_when_784_pixels_are_permuted_then_the_order_is_the_one_of_the_contract(int task, int[] first) =>
        Assert.Equal(first, PermutedFamily.Permutation(784, 1, task)[..8]);

    [Fact]
    public void Given_two_neighbouring_seeds_when_tasks_are_made_then_they_share_none()
    {
        string[] permutations =
        [
            .. from seed in Enumerable.Range(0, 8)
               from task in Enumerable.Range(0, 50)
               select string.Join(',', PermutedFamily.Permutation(784, (ulong)seed, task)),
        ];

        Assert.Equal(400, permutations.Distinct().Count());
    }
}
