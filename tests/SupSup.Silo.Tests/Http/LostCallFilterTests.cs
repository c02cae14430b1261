using System.Reflection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Serialization.Invocation;
using SupSup.Silo.Http;

namespace SupSup.Silo.Tests.Http;

public sealed class LostCallFilterTests
{
    [Fact]
    public async Task Given_a_call_of_a_silo_s_own_part_when_it_is_rejected_then_it_is_not_repeated()
    {
        Call lookup = new(GrainId.Create("sys.svc.dir.mem", "127.0.0.1:22106@155074563"), rejections: 1);
        await Assert.ThrowsAnyAsync<OrleansException>(() => new LostCallFilter(TimeProvider.System).Invoke(lookup));
        Assert.Equal(1, lookup.Invoked);
    }

    [Fact]
    public async Task Given_a_call_of_a_grain_when_it_is_rejected_then_it_is_repeated_until_it_is_answered()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        Call call = new(GrainId.Create("coordinator", "m"), rejections: 3);
        Task answered = new LostCallFilter(time).Invoke(call);
        while (!answered.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await answered;
        Assert.Equal(4, call.Invoked);
    }

    private sealed class Call(GrainId target, int rejections) : IOutgoingGrainCallContext
    {
        public int Invoked { get; private set; }

        public IGrainContext? SourceContext => null;

        public GrainId TargetId => target;

        public GrainId? SourceId => null;

        public IInvokable Request { get; } = DispatchProxy.Create<IInvokable, Nothing>();

        public object Grain => throw new NotSupportedException();

        public GrainInterfaceType InterfaceType => throw new NotSupportedException();

        public string InterfaceName => throw new NotSupportedException();

        public string MethodName => throw new NotSupportedException();

        public MethodInfo InterfaceMethod => throw new NotSupportedException();

        public object? Result { get; set; }

        public Response? Response { get; set; }

        public Task Invoke() => ++Invoked > rejections ? Task.CompletedTask : Task.FromException(Rejection());

        // Its constructors are Orleans' own.
        private static Exception Rejection() => (Exception)Activator.CreateInstance(
            typeof(OrleansMessageRejectionException), BindingFlags.Instance | BindingFlags.NonPublic, null, ["silo is lost"], null)!;
    }

    // A request without arguments.
#pragma warning disable CA1852 // Its proxy derives from it.
    private class Nothing : DispatchProxy
#pragma warning restore CA1852
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.Name == nameof(IInvokable.GetArgumentCount) ? 0 : throw new NotSupportedException(targetMethod?.Name);
    }
}
