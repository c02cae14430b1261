using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>What every rival must do.</summary>
public sealed class RivalsTests
{
    public static TheoryData<string> Names => [.. Rivals.Names];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Given_an_unknown_name_when_looked_up_then_the_error_lists_the_names()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(static () => Rivals.Get("sgd"));

        Assert.Equal("unknown rival 'sgd': use one of " + string.Join(", ", Rivals.Names), error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_two_tasks_when_learned_then_losses_fall_and_both_are_classified_better_than_by_chance(string name)
    {
        Rival rival = Rivals.Create(name, Fast);
        byte[] state = [];
        for (int task = 0; task < 2; task++)
        {
            List<float> losses = [];
            using RivalNetwork network = rival.Learn(task, SmallData.Task(task), (done, loss) =>
            {
                losses.Add(loss);
                Assert.Equal(losses.Count, done);
            }, Stop);

            Assert.Equal(400, losses.Count);
            Assert.True(losses.TakeLast(6).Average() < 0.8 * losses[0], $"from {losses[0]} to {losses.TakeLast(6).Average()}");
            Assert.True(Accuracy(network, task) > 0.5, $"accuracy {Accuracy(network, task)}");
            if (task == 1) Assert.Equal(rival.SequentialTasks > 1, !state.SequenceEqual(Saved(rival).ToArray()));
            state = Saved(rival).ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_learned_task_when_opened_then_it_answers_as_when_learned_where_no_parameters_are_the_tasks_own(string name)
    {
        Rival rival = Rivals.Create(name, SmallData.Settings);
        using RivalNetwork learned = Learn(rival, 0);
        Assert.Throws<ArgumentException>(() => rival.Open(1));
        if (!rival.Forgets)
        {
            Assert.Throws<ArgumentException>(() => rival.Open(0));
            return;
        }

        using RivalNetwork opened = rival.Open(0);
        Assert.Equal(Answers(learned, 0), Answers(opened, 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_saved_state_when_loaded_then_the_next_task_goes_on_as_if_never_saved(string name)
    {
        Rival whole = Rivals.Create(name, SmallData.Settings);
        Rival resumed = Rivals.Create(name, SmallData.Settings);
        Learn(whole, 0).Dispose();
        resumed.Load(Saved(whole));

        using RivalNetwork first = Learn(whole, 1);
        using RivalNetwork second = Learn(resumed, 1);

        Assert.Equal(Answers(first, 1), Answers(second, 1));
        Assert.Equal(first.ReadWeights(), second.ReadWeights());
        Assert.Equal(Saved(whole).ToArray(), Saved(resumed).ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_damaged_or_foreign_state_when_loaded_then_it_is_refused(string name)
    {
        Rival rival = Rivals.Create(name, SmallData.Settings);
        if (rival.SequentialTasks > 0) Learn(rival, 0).Dispose();
        byte[] state = Saved(rival).ToArray();

        for (int at = 0; at < state.Length; at += Math.Max(1, state.Length / 50))
        {
            byte[] damaged = [.. state];
            damaged[at] ^= 4;
            Refuse(damaged, SmallData.Settings);
            Refuse(state[..at], SmallData.Settings);
        }

        Refuse([.. state, 0], SmallData.Settings);
        Refuse(state, SmallData.Settings with { Plan = NetworkPlan.Dense(SmallData.Inputs, [33, 17], SmallData.Classes) });
        Refuse(state, SmallData.Settings with { Seed = 8 });
        foreach (string other in Rivals.Names.Where(other => other != name)) Refuse(state, SmallData.Settings, other);

        void Refuse(byte[] bytes, RivalSettings settings, string? method = null) =>
            Assert.Throws<InvalidDataException>(() => Rivals.Create(method ?? name, settings).Load(new MemoryStream(bytes)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_stop_between_batches_when_learning_then_the_task_is_not_learned_and_can_be_learned_again(string name)
    {
        Rival stopped = Rivals.Create(name, SmallData.Settings);
        Rival undisturbed = Rivals.Create(name, SmallData.Settings);
        using CancellationTokenSource stop = new();

        Assert.ThrowsAny<OperationCanceledException>(() => stopped.Learn(0, SmallData.Task(0), (done, _) =>
        {
            if (done == 10) stop.Cancel();
        }, stop.Token));
        Assert.Throws<ArgumentException>(() => stopped.Open(0));
        using RivalNetwork again = Learn(stopped, 0);
        using RivalNetwork once = Learn(undisturbed, 0);

        Assert.Equal(Saved(undisturbed).ToArray(), Saved(stopped).ToArray());
        Assert.Equal(Answers(once, 0), Answers(again, 0));
    }

    [Theory]
    [InlineData("batche")]
    [InlineData("batche-random")]
    [InlineData("own-weights")]
    [InlineData("separate-heads")]
    [InlineData("separate-heads-random")]
    public async Task Given_tasks_that_do_not_depend_on_one_another_when_learned_at_once_then_they_answer_as_if_learned_in_turn(string name)
    {
        Rival inTurn = Rivals.Create(name, SmallData.Settings);
        Rival atOnce = Rivals.Create(name, SmallData.Settings);
        int[][] expected = [.. Enumerable.Range(0, 4).Select(task => LearnAndAnswer(inTurn, task))];
        int[] first = LearnAndAnswer(atOnce, 0);

        int[][] others = await Task.WhenAll(Enumerable.Range(1, 3).Select(task => Task.Run(() => LearnAndAnswer(atOnce, task), Stop)));

        Assert.Equal(expected, [first, .. others]);
    }

    [Fact]
    public void Given_a_batch_ensemble_when_tasks_are_learned_then_the_first_trains_the_shared_weights_and_must_come_first()
    {
        Rival rival = Rivals.Create("batche", SmallData.Settings);
        Assert.Throws<InvalidOperationException>(() => Learn(rival, 1));

        using RivalNetwork first = Learn(rival, 0);
        using RivalNetwork second = Learn(rival, 1);

        Assert.NotEqual(Draws.KaimingNormal(SmallData.Shape, 0, SmallData.Settings.Seed), rival.Weights![0]);
        Assert.Equal(rival.Weights, first.ReadWeights());
        Assert.Equal(rival.Weights, second.ReadWeights());
        Assert.Throws<InvalidOperationException>(() => Learn(rival, 0));
    }

    [Theory]
    [InlineData("batche", 0, 4 * 2070)]
    [InlineData("batche", 10, 4 * (2070 + 10 * (42 + 33 + 33 + 18 + 18 + 5)))]
    [InlineData("psp", 10, 4 * 2070 + 8)]
    [InlineData("ewc", 10, 2 * 4 * 2070)]
    [InlineData("own-weights", 10, 4 * 20700)]
    [InlineData("one-network", 10, 4 * 2070)]
    [InlineData("trained-on", 10, 4 * 20700)]
    [InlineData("batche-random", 10, 8 + (40 * (42 + 33 + 33 + 18 + 18 + 5)))]
    [InlineData("separate-heads", 10, (4 * (2070 - 90)) + (40 * 90))]
    [InlineData("separate-heads-random", 10, 8 + (40 * 90))]
    public void Given_a_number_of_tasks_when_counted_then_the_bytes_are_those_of_what_is_kept(string name, int tasks, long bytes) =>
        Assert.Equal(bytes, Rivals.Create(name, SmallData.Settings).Bytes(tasks));

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_data_or_settings_that_do_not_fit_when_used_then_they_are_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => Learn(Rivals.Create(name, SmallData.Settings with { Plan = Plans.Parse("41-5") }), 0));
        Assert.Throws<ArgumentException>(() => Rivals.Create(name, SmallData.Settings with { Batches = 0 }));
        Assert.Throws<ArgumentException>(() => Learn(Rivals.Create(name, SmallData.Settings with { Plan = Plans.Parse("42-4") }), 0));
    }

    // Enough for the first task of BatchEnsemble, whose low rate is its own.
    private static RivalSettings Fast => SmallData.Settings with
    {
        Recipe = new Recipe
        {
            Name = "test",
            Optimizer = "rmsprop",
            LearningRate = 2e-3,
            Schedule = "constant",
            Batches = 400,
            BatchSize = SmallData.Settings.BatchSize,
        },
    };

    private static RivalNetwork Learn(Rival rival, int task) => rival.Learn(task, SmallData.Task(task), static (_, _) => { }, Stop);

    private static int[] Answers(RivalNetwork network, int task) => network.Predict(SmallData.Test(task, 200), 200);

    private static int[] LearnAndAnswer(Rival rival, int task)
    {
        using RivalNetwork network = Learn(rival, task);
        return Answers(network, task);
    }

    private static MemoryStream Saved(Rival rival)
    {
        MemoryStream stream = new();
        rival.Save(stream);
        stream.Position = 0;
        return stream;
    }

    private static double Accuracy(RivalNetwork network, int task)
    {
        ClassificationTask data = SmallData.Task(task);
        (float[] inputs, int[] labels) = data.Test(0, data.TestCount);
        return network.Predict(inputs, labels.Length).Zip(labels).Count(static pair => pair.First == pair.Second) / (double)labels.Length;
    }
}
