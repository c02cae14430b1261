using SupSup.Core.Banks;

namespace SupSup.Grains.Shards;

/// <summary>What a call works on: an assignment, and the bank as it was when all the call's masks were in it.</summary>
/// <param name="Content">The assignment.</param>
/// <param name="Bank">The masks.</param>
internal sealed record ShardView(ShardContent Content, BankSnapshot Bank);
