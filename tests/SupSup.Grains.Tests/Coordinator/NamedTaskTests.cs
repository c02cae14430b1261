using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

/// <summary>The index of a task that is asked for by name.</summary>
public sealed class NamedTaskTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_name_when_its_index_is_asked_for_again_then_it_is_the_same_before_and_after_learning_and_a_restart()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            Assert.Equal(0, await model.AllocateTaskAsync("cats", Stop));
            Assert.Equal(1, await model.AllocateTaskAsync("dogs", Stop));
            Assert.Equal(2, await model.AllocateTaskAsync(Stop));
            Assert.Equal(0, await model.AllocateTaskAsync("cats", Stop));
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Assert.Equal((1, 0), (await model.AllocateTaskAsync("dogs", Stop), await model.AllocateTaskAsync("cats", Stop)));
            TrainingOrder order = RealData.Order(0) with { Names = new TaskNames { Task = "cats" } };
            await model.LearnAsync(0, order, cancellationToken: Stop);
            Assert.Equal((0, 1, 3), (await model.AllocateTaskAsync("cats", Stop), await model.AllocateTaskAsync("dogs", Stop),
                await model.AllocateTaskAsync("birds", Stop)));

            // An index that was removed is never used again, by whatever name.
            await model.DeleteTaskAsync(0, Stop);
            Assert.Equal(4, await model.AllocateTaskAsync("cats", Stop));
            await Expect.ErrorAsync(SupSupError.InvalidRequest, () => model.AllocateTaskAsync(" ", Stop), "cannot be used");

            await model.LearnAsync(5, RealData.Order(5) with { Names = new TaskNames { Task = "twice" } }, cancellationToken: Stop);
            await model.LearnAsync(6, RealData.Order(6) with { Names = new TaskNames { Task = "twice" } }, cancellationToken: Stop);
            await Expect.ErrorAsync(SupSupError.Conflict, () => model.AllocateTaskAsync("twice", Stop), "5, 6");
        }
    }

    [Fact]
    public async Task Given_one_of_several_who_takes_all_its_names_when_others_ask_then_they_get_theirs_and_names_can_be_given_back()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        ICoordinatorGrain coordinator = silo.Grains.Coordinator("m");
        int[] taken = await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(n => coordinator.AllocateTaskAsync($"basel-{n}", ["basel-*"], Stop)));
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => coordinator.AllocateTaskAsync("basel-more", ["basel-*"], Stop), "1000 names like basel-*");
        Assert.Equal(taken[7], await coordinator.AllocateTaskAsync("basel-7", ["basel-*"], Stop));
        int bern = await coordinator.AllocateTaskAsync("bern-0", ["bern-*"], Stop);
        await coordinator.RemoveTaskAsync(taken[7], Stop);
        int again = await coordinator.AllocateTaskAsync("basel-7", ["basel-*"], Stop);
        Assert.True(again > bern, $"{again} was given away before");
        await Expect.ErrorAsync(SupSupError.NotFound, () => coordinator.RemoveTaskAsync(taken[7], Stop), "is not learned");
    }

    [Fact]
    public async Task Given_a_model_with_a_format_when_data_are_submitted_or_imported_then_they_are_normalised_as_all_are()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        PixelNormalization own = PixelNormalization.Grey(0.5f, 0.25f);
        SupSupModel model = await silo.Client.CreateAsync(
            "m", RealData.Spec with { InputFormat = new InputFormat { Shape = [1, 28, 28], Normalization = own } }, Stop);
        TaskSummary made = await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        Assert.Equal(own, made.Normalization);
        TrainingOrder order = new() { Data = null, Batches = 1, Normalization = PixelNormalization.Grey(0.1f, 0.3f) };
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => model.LearnAsync(1, order, (_, _) => throw new InvalidOperationException(), cancellationToken: Stop), "leave it out");
        byte[] mask = (await model.GetMaskAsync(0, Stop)).File;
        Assert.Equal(own, (await model.ImportAsync(2, mask, Stop)).Normalization);
        Assert.Equal(own, (await model.ImportAsync(2, mask, Stop)).Normalization);
    }
}
