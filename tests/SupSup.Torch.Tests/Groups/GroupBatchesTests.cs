using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;
using SupSup.Torch.Devices;
using SupSup.Torch.Groups;
using static TorchSharp.torch;

namespace SupSup.Torch.Tests.Groups;

/// <summary>The batches of a group, on <see cref="TestDevice"/>, against those of training alone.</summary>
public sealed class GroupBatchesTests
{
    private const int Rows = 7;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(12, [], 6), 3);

    // The split tasks have 18, 16 and 16 examples: their epochs end in different batches.
    [Theory]
    [InlineData("permuted", "permuted", "permuted")]
    [InlineData("colour", "permuted", "rotated")]
    [InlineData("numbers", "permuted", "split")]
    [InlineData("rotated", "rotated", "rotated")]
    [InlineData("split", "split", "split")]
    [InlineData("split", "rotated", "permuted")]
    public void Given_tasks_of_a_family_when_a_group_makes_batches_then_inputs_and_labels_are_bit_for_bit_those_of_training_alone(
        params string[] families)
    {
        Dataset dataset = families[0] switch
        {
            "colour" => SmallImages.Make(rows: 2, columns: 2, classes: 6, channels: 3),
            "numbers" => SmallImages.Vectors(width: 12, classes: 6),
            _ => SmallImages.Make(classes: 6),
        };
        TrainingJob[] jobs =
            [.. families.Where(family => family is not ("colour" or "numbers"))
                .Select((family, n) => new TrainingJob { Data = TaskFamilies.Get(family).Make(dataset, 1, n), Index = n })];
        BatchOrder[] orders = [.. jobs.Select(job => new BatchOrder(job.Data.TrainCount, TaskSeed.Derive(Network.Seed, job.Index)))];
        Device device = TestDevice.Device.ToTorch();
        using DeviceImages images = new(dataset, device);
        using GroupBatches group = new(images, jobs, Network, Rows, 2, device);

        for (int batch = 0; batch < 6; batch++)
        {
            if (batch % 2 == 0) group.Load(2);
            (Tensor inputs, Tensor labels) = group.Make(batch % 2);
            using (inputs)
            using (labels)
            using (Tensor hostInputs = inputs.cpu())
            using (Tensor hostLabels = labels.cpu())
            {
                for (int n = 0; n < jobs.Length; n++)
                {
                    int[] examples = new int[Rows];
                    float[] expected = new float[Rows * 12];
                    int[] classes = new int[Rows];
                    orders[n].Next(examples);
                    jobs[n].Data.FillTrain(examples, expected, classes);
                    Assert.Equal(expected, hostInputs[n].data<float>().ToArray());
                    Assert.Equal(classes.Select(label => (long)label), hostLabels[n].data<long>().ToArray());
                }
            }
        }
    }
}
