using System.Reflection;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Tests.Stage;

/// <summary>Stands in for an interface, of which a test says only what it is about; whatever else is asked of it is a defect of the test.</summary>
public class Played : DispatchProxy
{
    private IReadOnlyDictionary<string, Func<object?[], object?>> answers = new Dictionary<string, Func<object?[], object?>>();

    /// <summary>A platform's answer to whose key it is asked with.</summary>
    public static (string Method, Func<object?[], object?> Answer) Anna { get; } =
        (nameof(IMarket.AccountAsync), _ => Task.FromResult<Outcome<Account>>(new Account("anna", 25, null, DateTimeOffset.UnixEpoch) { UserId = "77" }));

    public static T Of<T>(params (string Method, Func<object?[], object?> Answer)[] answers)
        where T : class
    {
        var made = Create<T, Played>();
        ((Played)(object)made).answers = answers.ToDictionary(a => a.Method, a => a.Answer);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        answers.TryGetValue(targetMethod!.Name, out var answer) ? answer(args ?? []) : throw new NotSupportedException($"{targetMethod.DeclaringType!.Name}.{targetMethod.Name} is not played.");
}
