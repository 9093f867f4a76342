using Lodger.Engine.Secrets;

namespace Lodger.Engine.Acts;

/// <summary>What every act needs besides the job and its account.</summary>
internal sealed record ActContext(EngineOptions Options, TimeProvider Time, SecretSource Secrets, BoxPace Pace);
