using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>The rivals over pictures, each by its own recipe.</summary>
public sealed class PictureRivalsTests
{
    private static readonly RivalSettings Settings = SmallData.Settings with
    {
        Plan = Plans.Parse("conv6-norm-relu-res(conv6:1-norm)-relu-max2-flatten-16-norm-relu/1x6x7-5"),
    };

    public static TheoryData<string> Names => [.. Rivals.Names.Where(static name => name is not ("psp" or "ewc"))];

    private static NetworkShape Shape => Settings.Plan.Shape;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_two_tasks_when_learned_then_losses_fall_and_both_are_classified_better_than_by_chance(string name)
    {
        Rival rival = Rivals.Create(name, Settings with { Batches = name == "batche" ? 400 : 120 });
        for (int task = 0; task < 2; task++)
        {
            List<float> losses = [];
            using RivalNetwork network = rival.Learn(task, SmallData.Task(task), (_, loss) => losses.Add(loss), Stop);

            Assert.True(losses.TakeLast(6).Average() < 0.8 * losses[0], $"from {losses[0]} to {losses.TakeLast(6).Average()}");
            Assert.InRange(Accuracy(network, task), 0.4, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_saved_state_when_loaded_then_the_next_task_goes_on_as_if_never_saved(string name)
    {
        Rival whole = Rivals.Create(name, Settings);
        Rival resumed = Rivals.Create(name, Settings);
        Learn(whole, 0).Dispose();
        using MemoryStream state = new();
        whole.Save(state);
        state.Position = 0;
        resumed.Load(state);

        using RivalNetwork first = Learn(whole, 1);
        using RivalNetwork second = Learn(resumed, 1);

        Assert.Equal(first.ReadWeights(), second.ReadWeights());
        Assert.Equal(whole.Weights, resumed.Weights);
    }

    [Theory]
    [InlineData("separate-heads")]
    [InlineData("separate-heads-random")]
    public void Given_separate_heads_when_a_later_task_is_learned_then_only_its_head_and_statistics_are_its_own(string name)
    {
        Rival rival = Rivals.Create(name, Settings);
        using RivalNetwork first = Learn(rival, 0);
        using RivalNetwork second = Learn(rival, 1);

        (float[][] one, float[][] other) = (first.ReadWeights(), second.ReadWeights());
        int layers = Shape.Layers.Length;
        Assert.Equal(one[..(layers - 1)], other[..(layers - 1)]);
        Assert.NotEqual(one[layers - 1], other[layers - 1]);
        for (int norm = layers; norm < one.Length; norm++)
        {
            Range weights = ..(one[norm].Length / 2), statistics = (one[norm].Length / 2)..;
            float[] before = one[norm][weights];
            Assert.Equal(before, other[norm][weights]);
            Assert.NotEqual(one[norm][statistics], other[norm][statistics]);
        }

        Assert.Equal(name == "separate-heads-random", one[0].SequenceEqual(Draws.KaimingNormal(Shape, 0, Settings.Seed)));
    }

    [Fact]
    public void Given_random_weights_when_a_batch_ensemble_learns_then_only_its_vectors_change()
    {
        Rival rival = Rivals.Create("batche-random", Settings);

        using RivalNetwork network = Learn(rival, 3);

        for (int l = 0; l < Shape.Layers.Length; l++)
        {
            (float[] inputs, float[] outputs) = Draws.Signs(Shape, l, TaskSeed.Derive(Settings.Seed, 3));
            Assert.Equal(Draws.KaimingNormal(Shape, l, Settings.Seed), network.ReadWeights()[l]);
            Assert.Equal(Shape.Layers[l].Inputs, inputs.Length);
            Assert.NotEqual(inputs, network.Layers[l].InputVector!.data<float>().ToArray());
            Assert.NotEqual(outputs, network.Layers[l].OutputVector!.data<float>().ToArray());
        }
    }

    // 1,090,940 weights, 800 of them the head's; 1,500 channels, each with scale, shift, mean and variance; vectors of 20 convolutions and
    // the head.
    [Theory]
    [InlineData("own-weights", 20L * 4 * (1_090_940 + 6_000))]
    [InlineData("trained-on", 20L * 4 * (1_090_940 + 6_000))]
    [InlineData("one-network", 4L * (1_090_940 + 6_000))]
    [InlineData("separate-heads", (4L * (1_090_140 + 3_000)) + (80 * (800 + 3_000)))]
    [InlineData("separate-heads-random", 8 + (80 * (800 + 3_000)))]
    [InlineData("batche-random", 8 + (80 * (2_868 + 3_000)))]
    [InlineData("batche", (4L * (1_090_940 + 3_000)) + (80 * (2_868 + 3_000)))]
    public void Given_twenty_tasks_of_a_residual_network_when_counted_then_the_bytes_are_those_of_what_is_kept(string name, long bytes) =>
        Assert.Equal(bytes, Rivals.Create(name, Settings with { Plan = Plans.Parse("resnet18-20/3x32x32-5") }).Bytes(20));

    [Fact]
    public void Given_pictures_when_inputs_of_layers_are_to_be_rotated_then_it_is_refused() =>
        Assert.Contains(
            "rival psp", Assert.Throws<ArgumentException>(static () => Rivals.Create("psp", Settings)).Message, StringComparison.Ordinal);

    private static RivalNetwork Learn(Rival rival, int task) => rival.Learn(task, SmallData.Task(task), static (_, _) => { }, Stop);

    private static double Accuracy(RivalNetwork network, int task)
    {
        ClassificationTask data = SmallData.Task(task);
        (float[] inputs, int[] labels) = data.Test(0, data.TestCount);
        return network.Predict(inputs, labels.Length).Zip(labels).Count(static pair => pair.First == pair.Second) / (double)labels.Length;
    }
}
