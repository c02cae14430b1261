using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>What every rival must do.</summary>
public sealed class RivalsTests
{
    public static TheoryData<string> Names => [.. Rivals.All.Select(rival => rival.Name)];

    [Fact]
    public void Given_an_unknown_name_when_looked_up_then_the_error_lists_the_names()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(static () => Rivals.Get("sgd"));

        Assert.Equal("unknown rival 'sgd': use one of batche, psp, own-weights, one-network", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_task_when_learned_then_the_loss_falls_and_it_is_classified_better_than_by_chance(string name)
    {
        using IRival rival = Create(name, Fast);
        List<float> losses = [];

        rival.Learn(0, SmallData.Task(0), (done, loss) =>
        {
            losses.Add(loss);
            Assert.Equal(losses.Count, done);
        }, TestContext.Current.CancellationToken);

        Assert.Equal(400, losses.Count);
        Assert.True(losses.TakeLast(6).Average() < 0.8 * losses[0], $"from {losses[0]} to {losses.TakeLast(6).Average()}");
        Assert.True(Accuracy(rival, 0) > 0.5, $"accuracy {Accuracy(rival, 0)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_second_task_when_learned_then_what_the_first_one_rests_on_changes_only_if_the_rival_forgets(string name)
    {
        using IRival rival = Create(name, Fast);
        rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        byte[] state = Saved(rival).ToArray();
        int[] answers = rival.Predict(0, SmallData.Test(0, 200), 200);

        rival.Learn(1, SmallData.Task(1), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Equal(rival.Forgets, !state.SequenceEqual(Saved(rival).ToArray()));
        if (!rival.Forgets) Assert.Equal(answers, rival.Predict(0, SmallData.Test(0, 200), 200));
        Assert.True(Accuracy(rival, 1) > 0.5, $"accuracy {Accuracy(rival, 1)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_released_task_when_predicted_then_it_is_refused_where_tasks_have_something_of_their_own(string name)
    {
        using IRival rival = Create(name);
        rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);

        rival.Release(0);

        if (rival.Forgets) Assert.Single(rival.Predict(0, SmallData.Test(0, 1), 1));
        else Assert.Throws<ArgumentException>(() => rival.Predict(0, SmallData.Test(0, 1), 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_saved_state_when_loaded_then_the_next_task_goes_on_as_if_never_saved(string name)
    {
        using IRival whole = Create(name);
        using IRival resumed = Create(name);
        whole.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        resumed.Load(Saved(whole));

        Assert.Equal(Learn(whole), Learn(resumed));
        Assert.Equal(whole.Predict(1, SmallData.Test(1, 200), 200), resumed.Predict(1, SmallData.Test(1, 200), 200));
        Assert.Equal(Saved(whole).ToArray(), Saved(resumed).ToArray());

        static float[] Learn(IRival rival)
        {
            List<float> losses = [];
            rival.Learn(1, SmallData.Task(1), (_, loss) => losses.Add(loss), TestContext.Current.CancellationToken);
            return [.. losses];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_damaged_or_foreign_state_when_loaded_then_it_is_refused(string name)
    {
        using IRival rival = Create(name);
        if (rival.SequentialTasks > 0) rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        byte[] state = Saved(rival).ToArray();

        for (int at = 0; at < state.Length; at += Math.Max(1, state.Length / 50))
        {
            byte[] damaged = [.. state];
            damaged[at] ^= 4;
            Refuse(damaged, SmallData.Settings);
            Refuse(state[..at], SmallData.Settings);
        }

        Refuse([.. state, 0], SmallData.Settings);
        Refuse(state, SmallData.Settings with { Hidden = [33, 17] });
        Refuse(state, SmallData.Settings with { Seed = 8 });
        foreach (RivalMethod other in Rivals.All.Where(other => other.Name != name)) Refuse(state, SmallData.Settings, other.Name);

        void Refuse(byte[] bytes, RivalSettings settings, string? method = null)
        {
            using IRival reader = Rivals.Get(method ?? name).Create(settings);
            Assert.Throws<InvalidDataException>(() => reader.Load(new MemoryStream(bytes)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_a_stop_between_batches_when_learning_then_the_task_is_not_learned_and_can_be_learned_again(string name)
    {
        using IRival stopped = Create(name);
        using IRival undisturbed = Create(name);
        using CancellationTokenSource stop = new();

        Assert.ThrowsAny<OperationCanceledException>(() => stopped.Learn(0, SmallData.Task(0), (done, _) =>
        {
            if (done == 10) stop.Cancel();
        }, stop.Token));
        Assert.Throws<ArgumentException>(() => stopped.Predict(0, SmallData.Test(0, 1), 1));
        stopped.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        undisturbed.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Equal(Saved(undisturbed).ToArray(), Saved(stopped).ToArray());
        Assert.Equal(undisturbed.Predict(0, SmallData.Test(0, 200), 200), stopped.Predict(0, SmallData.Test(0, 200), 200));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_more_threads_when_learned_then_the_state_is_the_same_to_the_last_bit(string name)
    {
        using IRival alone = Create(name);
        using IRival shared = Create(name, SmallData.Settings with { Team = new ThreadTeam(3) });
        alone.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        shared.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Equal(Saved(alone).ToArray(), Saved(shared).ToArray());
    }

    [Theory]
    [InlineData("batche", 0, 4 * 2070)]
    [InlineData("batche", 10, 4 * (2070 + 10 * (42 + 33 + 33 + 18 + 18 + 5)))]
    [InlineData("psp", 10, 4 * 2070 + 8)]
    [InlineData("own-weights", 10, 4 * 20700)]
    [InlineData("one-network", 10, 4 * 2070)]
    public void Given_a_number_of_tasks_when_counted_then_the_bytes_are_those_of_what_is_kept(string name, int tasks, long bytes)
    {
        using IRival rival = Create(name);

        Assert.Equal(bytes, rival.Bytes(tasks));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Given_data_or_settings_that_do_not_fit_when_used_then_they_are_refused(string name)
    {
        using IRival rival = Create(name, SmallData.Settings with { Inputs = 41 });

        Assert.Throws<ArgumentException>(() => rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => rival.Predict(0, [], 0));
        Assert.Throws<ArgumentException>(() => Create(name, SmallData.Settings with { Batches = 0 }));
        Assert.Throws<ArgumentException>(() => Create(name, SmallData.Settings with { Classes = 1 }));
    }

    // Enough for the first task of BatchEnsemble, whose low rate is its own.
    private static RivalSettings Fast => SmallData.Settings with
    {
        Recipe = new Recipe { Name = "test", Optimizer = "rmsprop", LearningRate = 2e-3, Schedule = "constant", Batches = 400, BatchSize = SmallData.Settings.BatchSize },
    };

    private static IRival Create(string name, RivalSettings? settings = null) => Rivals.Get(name).Create(settings ?? SmallData.Settings);

    private static MemoryStream Saved(IRival rival)
    {
        MemoryStream stream = new();
        rival.Save(stream);
        stream.Position = 0;
        return stream;
    }

    private static double Accuracy(IRival rival, int task)
    {
        ClassificationTask data = SmallData.Task(task);
        (float[] inputs, int[] labels) = data.Test(0, data.TestCount);
        return rival.Predict(task, inputs, labels.Length).Zip(labels).Count(static pair => pair.First == pair.Second) / (double)labels.Length;
    }
}
