export default function Tail() { return <div className="page"><h1>Tail</h1></div> }
