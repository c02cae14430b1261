using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace SupSup.Silo.Tests.Fuzz;

/// <summary>Messages of any type, by its descriptor: some of the fields are set, to values that may be right.</summary>
internal static class AnyMessage
{
    private const int MostDeep = 4;

    private static readonly string[] Texts =
        ["", "x", RestRequest.Model, "input", "1", "*", ".", "\u0000", "a/b", "..", new string('t', 3000)];

    private static readonly long[] Wholes = [0, 1, -1, 2, 4, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue];
    private static readonly double[] Reals = [0, 1, -1, 0.5, double.NaN, double.PositiveInfinity, double.MaxValue, double.Epsilon];

    /// <summary>Makes one.</summary>
    public static IMessage Make(Mutator mutator, MessageDescriptor type, int depth = 0)
    {
        IMessage message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder().Where(_ => mutator.OnceIn(2)))
        {
            if (field.FieldType == FieldType.Message && depth == MostDeep) continue;
            object held = field.Accessor.GetValue(message);
            if (field.IsMap)
            {
                MessageDescriptor entry = field.MessageType;
                ((IDictionary)held)[Value(mutator, entry.FindFieldByNumber(1), depth)] = Value(mutator, entry.FindFieldByNumber(2), depth);
            }
            else if (field.IsRepeated)
            {
                for (int n = mutator.Random.Next(3); n >= 0; n--) ((IList)held).Add(Value(mutator, field, depth));
            }
            else
            {
                field.Accessor.SetValue(message, Value(mutator, field, depth));
            }
        }

        return message;
    }

    private static object Value(Mutator mutator, FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.String => mutator.Pick(Texts),
        FieldType.Bytes => ByteString.CopyFrom(mutator.Raw([1, 2, 3, 4])),
        FieldType.Bool => mutator.OnceIn(2),
        FieldType.Double => mutator.Pick(Reals),
        FieldType.Float => (float)mutator.Pick(Reals),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => unchecked((int)mutator.Pick(Wholes)),
        FieldType.UInt32 or FieldType.Fixed32 => unchecked((uint)mutator.Pick(Wholes)),
        FieldType.UInt64 or FieldType.Fixed64 => unchecked((ulong)mutator.Pick(Wholes)),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, mutator.Random.Next(-1, 5)),
        FieldType.Message => Make(mutator, field.MessageType, depth + 1),
        _ => mutator.Pick(Wholes),
    };
}
