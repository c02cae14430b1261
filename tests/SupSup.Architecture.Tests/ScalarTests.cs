using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace SupSup.Architecture.Tests;

/// <summary>
/// TorchSharp turns a number into an object, a Scalar, whose finaliser frees what libtorch may still be reading: a call takes only
/// the pointer along. Code that trains on several threads therefore disposes of its Scalars itself, after the call, and does without
/// those functions of TorchSharp that make Scalars of their own.
/// </summary>
public sealed class ScalarTests
{
    private static readonly Lazy<HashSet<string>> Careless = new(FindCareless);

    [Theory]
    [InlineData("SupSup.Torch")]
    [InlineData("SupSup.Reference")]
    [InlineData("SupSup.Experiments")]
    public void Given_code_over_libtorch_when_its_calls_are_read_then_no_Scalar_can_be_freed_during_one(string project)
    {
        using AssemblyDefinition assembly = Read(Project.All.Single(other => other.Name == project).Assembly);
        MethodDefinition[] methods = [.. Methods(assembly)];

        Assert.Contains(methods.SelectMany(Calls), call => call.FullName.Contains("TorchSharp.", StringComparison.Ordinal));
        string[] exposed =
        [
            .. from method in methods
               from call in Exposed(method).Concat(Calls(method).Where(call => Careless.Value.Contains(call.FullName)))
               select $"{method.FullName} calls {call.FullName}",
        ];
        Assert.True(exposed.Length == 0, string.Join('\n', exposed));
    }

    [Fact]
    public void Given_functions_of_TorchSharp_when_read_then_those_that_add_numbers_are_careless_and_products_are_not()
    {
        Assert.Contains("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::add(TorchSharp.torch/Tensor)", Careless.Value);
        Assert.Contains("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)",
            Careless.Value);
        Assert.DoesNotContain(
            "TorchSharp.torch/Tensor TorchSharp.torch/Tensor::mm(TorchSharp.torch/Tensor)", Careless.Value);
    }

    // Functions that make a Scalar and do not hold it during the call, and those that call such functions.
    private static HashSet<string> FindCareless()
    {
        using AssemblyDefinition assembly = Read("TorchSharp.dll");
        MethodDefinition[] methods = [.. Methods(assembly)];
        ILookup<string, string> callers = methods
            .SelectMany(method => Calls(method).Select(call => (call.FullName, Caller: method.FullName)))
            .ToLookup(call => call.FullName, call => call.Caller);
        HashSet<string> careless = [];
        Stack<string> open = new(methods.Where(method => Exposed(method).Any()).Select(method => method.FullName));
        while (open.TryPop(out string? next))
            if (careless.Add(next)) foreach (string caller in callers[next]) open.Push(caller);
        return careless;
    }

    private static AssemblyDefinition Read(string file) => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, file));

    private static IEnumerable<MethodDefinition> Methods(AssemblyDefinition assembly) =>
        assembly.MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) => method.Body.Instructions
        .Select(instruction => instruction.Operand).OfType<MethodReference>().Select(call => call.GetElementMethod());

    // Calls that give a Scalar which is not at once put into a variable that a using disposes of, or returned.
    private static IEnumerable<MethodReference> Exposed(MethodDefinition method)
    {
        method.Body.SimplifyMacros();
        return
        [
            .. from instruction in method.Body.Instructions
               where instruction.Operand is MethodReference { ReturnType.FullName: "TorchSharp.Scalar" }
               where instruction.Next.OpCode.Code != Code.Ret
                   && !(instruction.Next is { OpCode.Code: Code.Stloc, Operand: VariableDefinition kept } && IsDisposedOf(method, kept))
               select (MethodReference)instruction.Operand,
        ];
    }

    private static bool IsDisposedOf(MethodDefinition method, VariableDefinition variable) => method.Body.ExceptionHandlers.Any(handler =>
        handler.HandlerType == ExceptionHandlerType.Finally
        && method.Body.Instructions.Any(instruction => instruction.Offset >= handler.HandlerStart.Offset
            && instruction.Offset < (handler.HandlerEnd?.Offset ?? int.MaxValue) && instruction.Operand == variable));
}
